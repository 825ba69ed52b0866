package identity

// Refusal is why somebody does not come in, in one word for logs and metrics. The client is not told.
type Refusal string

// The reasons.
const (
	NoToken      Refusal = "no_token"
	NoBearer     Refusal = "no_bearer"     // the Authorization header is of another scheme
	Malformed    Refusal = "malformed"     // not the form of a token, or claims of the wrong type
	WrongMethod  Refusal = "wrong_method"  // not signed with the configured method, or with extensions we do not know
	BadSignature Refusal = "bad_signature" // not signed with the configured key
	Expired      Refusal = "expired"
	NotYetValid  Refusal = "not_yet_valid"
	BadClaim     Refusal = "bad_claim" // a required claim is missing or out of range
	BadAudience  Refusal = "bad_audience"
	OtherUser    Refusal = "other_user" // user_id names somebody else than the token
)

func (r Refusal) Error() string { return "not let in: " + string(r) }
