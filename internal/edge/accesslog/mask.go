package accesslog

import (
	"slices"
	"strings"
	"unicode"
)

// masked replaces a value that must not be written.
const masked = "***"

// maskTarget returns a request target without personal values and secrets. The path of a published page is not masked.
func maskTarget(target string, published bool) string {
	if target != "" && target[0] != '/' { // an absolute address, as sent to a proxy
		return maskReferrer(target)
	}
	path, query, has := strings.Cut(target, "?")
	if !published {
		path = maskPath(path)
	}
	if !has {
		return path
	}
	return path + "?" + maskQuery(query)
}

// maskReferrer masks any address; user, password and fragment are removed.
func maskReferrer(address string) string {
	if address == "" {
		return ""
	}
	address, _, _ = strings.Cut(address, "#")
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		path, query, has := strings.Cut(address, "?")
		if path = maskPath(path); has {
			path += "?" + maskQuery(query)
		}
		return path
	}
	at := strings.IndexAny(rest, "/?")
	if at < 0 {
		at = len(rest)
	}
	host := rest[:at]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return scheme + "://" + host + maskTarget(rest[at:], false)
}

// maskPath masks segments that are personal or look like a secret, and segments after a name such as "token".
func maskPath(path string) string {
	segments := strings.Split(path, "/")
	changed := false
	for i, s := range segments {
		main, parameters, more := strings.Cut(s, ";") // /page;jsessionid=…
		if main != "" && (personal(main) || i > 0 && secretName(segments[i-1])) {
			main, changed = masked, true
		}
		if more {
			parameters, changed = maskQuery(parameters), true
			main += ";" + parameters
		}
		segments[i] = main
	}
	if !changed {
		return path
	}
	return strings.Join(segments, "/")
}

// maskQuery masks the values of parameters whose name or value is personal or secret.
func maskQuery(query string) string {
	var out strings.Builder
	for len(query) > 0 {
		end := strings.IndexAny(query, "&;")
		if end < 0 {
			end = len(query)
		}
		name, value, has := strings.Cut(query[:end], "=")
		switch {
		case !has && personal(name):
			out.WriteString(masked)
		case has && personal(name):
			out.WriteString(masked + "=" + masked)
		case has && value != "" && (secretName(name) || personal(value)):
			out.WriteString(name + "=" + masked)
		default:
			out.WriteString(query[:end])
		}
		if end < len(query) {
			out.WriteByte(query[end])
			end++
		}
		query = query[end:]
	}
	return out.String()
}

// Names of parameters whose values are never written. secretParts match anywhere in a name; secretWords match whole
// words, such as "code" in "sms_code" and "smsCode" but not in "decode".
var (
	secretParts = []string{"phone", "mobile", "idcard", "idnumber", "idno", "sfz", "zjhm", "passport", "mail",
		"token", "secret", "passw", "session", "openid", "unionid", "address", "birth", "bankcard", "captcha", "jwt",
		"ticket", "signature", "credential", "authoriz", "realname", "username", "nickname",
		"姓名", "手机", "电话", "身份证", "证件", "邮箱", "密码", "住址", "地址", "令牌", "验证码", "银行卡"}
	secretWords = []string{"tel", "name", "xm", "code", "key", "pwd", "pass", "sid", "pin", "otp", "auth", "sig",
		"sign", "sj", "sjh", "sjhm", "dh", "lxdh", "lxr", "zjh", "user", "account", "card", "addr", "contact", "invite",
		"reset", "verify", "cert", "vcode", "yzm"}
)

// secretName reports whether a parameter of this name may have a personal or secret value.
func secretName(name string) bool {
	name = unescape(name)
	if name == "" || len(name) > 200 {
		return name != ""
	}
	var joined strings.Builder
	var words []string
	start, before := 0, rune(0)
	runes := []rune(name)
	for i, r := range runes {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if !letter || unicode.IsUpper(r) && !unicode.IsUpper(before) {
			words = append(words, strings.ToLower(string(runes[start:i])))
			start = i
			if !letter {
				start++
			}
		}
		if letter {
			joined.WriteRune(unicode.ToLower(r))
		}
		before = r
	}
	words = append(words, strings.ToLower(string(runes[start:])))
	whole := joined.String()
	return slices.ContainsFunc(secretParts, func(p string) bool { return strings.Contains(whole, p) }) ||
		slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains(secretWords, strings.TrimRight(w, "0123456789"))
		})
}

// personal reports whether a value contains personal data or a secret: the number of a telephone, identity document,
// bank card or vehicle, a name, an e-mail address, an address with a secret parameter, or a token.
func personal(value string) bool {
	if len(value) < 6 { // too short for the numbers above
		return false
	}
	value = unescape(value)
	return hasNumber(value) || hasNumber(spoken.Replace(value)) || hasPapers(value) || hasName(value) ||
		hasMail(value) || looksSecret(value) || hasSecretPair(value)
}

// hasSecretPair checks a value that is itself an address.
func hasSecretPair(value string) bool {
	if !strings.Contains(value, "=") {
		return false
	}
	pairs := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("?&;#", r) })
	return slices.ContainsFunc(pairs, func(pair string) bool {
		name, inner, ok := strings.Cut(pair, "=")
		return ok && inner != "" && secretName(name)
	})
}

// hasNumber looks for personal numbers among the runs of digits, which may contain spaces and punctuation.
func hasNumber(s string) bool {
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		var solid, loose []byte
		gap := false
		for ; i < len(s); i++ {
			switch c := s[i]; {
			case c >= '0' && c <= '9':
				if gap {
					if personNumber(solid) {
						return true
					}
					solid, gap = solid[:0:0], false
				}
				solid, loose = append(solid, c), append(loose, c)
				continue
			case (c == 'x' || c == 'X') && len(solid) == 17:
				solid = append(solid, 'x')
			case !gap && strings.IndexByte(" -._()/,:", c) >= 0:
				gap = true
				continue
			}
			break
		}
		if personNumber(solid) || personNumber(loose) {
			return true
		}
		i++
	}
	return false
}

// personNumber reports whether digits are a mobile or fixed telephone number, an identity number or a bank card number.
func personNumber(d []byte) bool {
	switch n := len(d); {
	case n == 11 && d[0] == '1' && d[1] >= '3', n == 13 && string(d[:3]) == "861" && d[3] >= '3',
		n == 15 && string(d[:5]) == "00861" && d[5] >= '3':
		return true
	case n >= 10 && n <= 12 && d[0] == '0' && d[1] != '0':
		return true
	case n == 18 && goodDay(d[10:14]) && (string(d[6:8]) == "19" || string(d[6:8]) == "20"),
		n == 15 && goodDay(d[8:12]):
		return true
	case n >= 16 && n <= 19:
		return luhn(d)
	}
	return false
}

// goodDay reports whether four digits are a month and a day.
func goodDay(d []byte) bool {
	month, day := int(d[0]-'0')*10+int(d[1]-'0'), int(d[2]-'0')*10+int(d[3]-'0')
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// luhn verifies the check digit of a bank card (ISO/IEC 7812-1).
func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		n := int(d[len(d)-1-i] - '0')
		if n > 9 {
			return false // the X of an identity number
		}
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// hasMail looks for an e-mail address around each "@".
func hasMail(s string) bool {
	for i := range len(s) {
		if s[i] != '@' || i == 0 || s[i-1] == ' ' {
			continue
		}
		host, _, _ := strings.Cut(s[i+1:], " ")
		if dot := strings.IndexByte(host, '.'); dot > 0 && dot < len(host)-1 {
			return true
		}
	}
	return false
}

const shortSecret = 20

// looksSecret reports whether a value looks like a token, hash or ticket: long, of letters and digits, not shaped like
// words.
func looksSecret(s string) bool {
	if len(s) < shortSecret {
		return false
	}
	letters, digits, changes := 0, 0, 0
	last := byte(0)
	for i := range len(s) {
		kind := byte('a')
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			kind = '0'
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			letters++
		case strings.IndexByte("-_.~+/=", c) >= 0:
			continue
		default:
			return false
		}
		if kind != last {
			changes++
		}
		last = kind
	}
	return letters > 0 && digits > 0 && changes >= 5 && changes*8 >= len(s) || strings.HasPrefix(s, "eyJ")
}
