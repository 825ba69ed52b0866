package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The longest spans that a time.Duration holds. They bound keys that have no tighter limit.
const (
	longestSeconds = int64(math.MaxInt64 / time.Second)
	longestHours   = int64(math.MaxInt64 / time.Hour)
	longestDays    = longestHours / 24
)

// limits is the shared half of the kinds that are written as whole numbers: default and range, both ends included.
type limits struct {
	def, min, max int64
	orZero        bool // 0 is allowed below min
}

func (l limits) fallback() any { return l.def }

func (l limits) decode(v any) (any, bool) {
	n, ok := v.(int64)
	return n, ok
}

func (l limits) parse(text string) (any, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n, err == nil
}

func (l limits) print(v any) string { return strconv.FormatInt(v.(int64), 10) }

func (l limits) valid(v any) bool {
	n := v.(int64)
	return l.min <= n && n <= l.max || l.orZero && n == 0
}

func (l limits) allowed() string {
	if l.orZero {
		return fmt.Sprintf("0 or a whole number in %d..%d", l.min, l.max)
	}
	return fmt.Sprintf("a whole number in %d..%d", l.min, l.max)
}

// decimal is a number with a fraction. The file may leave the fraction out.
type decimal struct {
	field         func(*Config) *float64
	def, min, max float64
}

func (k decimal) fallback() any { return k.def }

func (k decimal) decode(v any) (any, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	}
	return nil, false
}

func (k decimal) parse(text string) (any, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n, err == nil
}

func (k decimal) print(v any) string {
	s := strconv.FormatFloat(v.(float64), 'f', -1, 64)
	if !strings.ContainsAny(s, ".IN") {
		s += ".0"
	}
	return s
}

// valid is false for a NaN, which compares false with everything.
func (k decimal) valid(v any) bool { return k.min <= v.(float64) && v.(float64) <= k.max }

func (k decimal) allowed() string {
	return fmt.Sprintf("a number in %s..%s", k.print(k.min), k.print(k.max))
}

func (k decimal) get(c *Config) any    { return *k.field(c) }
func (k decimal) set(c *Config, v any) { *k.field(c) = v.(float64) }
