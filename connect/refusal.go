package connect

import (
	"fmt"

	"github.com/behavepro/behavepro"
)

// Code says why a call was refused. It is for the log: the caller learns only that it is not let in.
type Code string

// The codes.
const (
	MissingJWT        Code = "MISSING_JWT"
	AmbiguousJWT      Code = "AMBIGUOUS_JWT" // in query and body, or twice
	MalformedJWT      Code = "MALFORMED_JWT"
	WrongAlgorithm    Code = "WRONG_ALGORITHM"
	UnknownIssuer     Code = "UNKNOWN_ISSUER"
	WrongIssuer       Code = "WRONG_ISSUER"
	WrongAudience     Code = "WRONG_AUDIENCE"
	MissingExp        Code = "MISSING_EXP"
	TokenExpired      Code = "TOKEN_EXPIRED"
	MissingIat        Code = "MISSING_IAT"
	FutureIat         Code = "FUTURE_IAT"
	StaleInstall      Code = "STALE_INSTALL" // not newer than the last one that was accepted
	MissingQSH        Code = "MISSING_QSH"
	InvalidQSH        Code = "INVALID_QSH"
	InvalidSignature  Code = "INVALID_SIGNATURE"
	MissingKid        Code = "MISSING_KID"
	InvalidKid        Code = "INVALID_KID"
	NoPublicKey       Code = "FAILED_TO_OBTAIN_PUBLIC_KEY"
	WrongHost         Code = "WRONG_HOST" // the site is none of Atlassian's, or not the one it says
	MalformedBody     Code = "MALFORMED_BODY"
	NotApproved       Code = "NOT_APPROVED"
	NotInstalled      Code = "NOT_INSTALLED"
	WrongModule       Code = "WRONG_MODULE"
	SessionTooOld     Code = "SESSION_TOO_OLD"
	TooManyUnapproved Code = "TOO_MANY_UNAPPROVED"
)

// Refusal is why a call was refused. errors.As finds it in the errors that this package's routes return.
type Refusal struct {
	Code   Code
	Detail string // for the log; never a token or a secret
	kind   error
}

func (r *Refusal) Error() string {
	if r.Detail == "" {
		return string(r.Code)
	}
	return string(r.Code) + ": " + r.Detail
}

func (r *Refusal) Unwrap() error { return r.kind }

const (
	notSigned     = "this request is not signed as it has to be"
	notSignedHint = "load the page in Jira again"
)

// refuse makes an ErrUnauthenticated whose text for people is always the same.
func refuse(code Code, format string, args ...any) error {
	return behavepro.Explain(
		&Refusal{Code: code, Detail: fmt.Sprintf(format, args...), kind: behavepro.ErrUnauthenticated},
		notSigned,
		notSignedHint,
	)
}

// forbid makes an ErrForbidden for a call whose caller is known.
func forbid(code Code, msg, hint string) error {
	return behavepro.Explain(&Refusal{Code: code, kind: behavepro.ErrForbidden}, msg, hint)
}
