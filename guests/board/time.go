package board

// Times are Unix seconds in UTC. As text, in change lists, they are RFC 3339, which has years of four digits.
const (
	firstTime = -62_167_219_200 // 0000-01-01T00:00:00Z
	lastTime  = 253_402_300_799 // 9999-12-31T23:59:59Z
)

// checkTime checks that a time that was sent can be told as text.
func checkTime(field string, t int64) error {
	if t < firstTime || t > lastTime {
		return invalid(field, "The "+field+" is out of range")
	}
	return nil
}

// timeText returns t in RFC 3339. It is written by hand because package time is large for what is needed of it here.
func timeText(t int64) string {
	const day = 86400
	days, seconds := t/day, t%day
	if seconds < 0 {
		days, seconds = days-1, seconds+day
	}
	y, m, d := date(days)
	b := appendDigits(make([]byte, 0, len("2006-01-02T15:04:05+00:00")), y, 4)
	for i, part := range [...]int64{m, d, seconds / 3600, seconds / 60 % 60, seconds % 60} {
		b = appendDigits(append(b, "--T::"[i]), part, 2)
	}
	return string(append(b, "+00:00"...))
}

// optionalTimeText is timeText for a time that may be absent.
func optionalTimeText(t *int64) *string {
	if t == nil {
		return nil
	}
	return new(timeText(*t))
}

// date returns the date of a number of days after 1970-01-01. It counts in years that begin in March, so that the odd day
// of a leap year is the last of one, and in eras of 400 years, which all have the same length.
func date(days int64) (year, month, day int64) {
	const era = 146_097 // days
	days += 719_468     // since 0000-03-01
	n := days / era
	if days < 0 {
		n = (days - (era - 1)) / era
	}
	ofEra := days - n*era
	years := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146_096) / 365
	ofYear := ofEra - (365*years + years/4 - years/100)
	march := (5*ofYear + 2) / 153 // months since March
	day = ofYear - (153*march+2)/5 + 1
	year = years + n*400
	if march < 10 {
		return year, march + 3, day
	}
	return year + 1, march - 9, day
}

// appendDigits appends the last width decimal digits of n.
func appendDigits(dst []byte, n int64, width int) []byte {
	at := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := at + width - 1; i >= at; i-- {
		dst[i] += byte(n % 10)
		n /= 10
	}
	return dst
}
