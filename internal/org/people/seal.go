package people

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"guiyi/internal/kernel/fault"
)

// sealed begins what is encrypted in a row, with the number of the form.
const sealed = "s1:"

// sealer encrypts what must not be readable in the database: secrets of second factors, phone numbers.
type sealer struct {
	secrets func() ([]string, error) // the first encrypts, all decrypt; each has at least 32 bytes
}

func (s sealer) keys() (out []cipher.AEAD, err error) {
	if s.secrets == nil {
		return nil, noKey()
	}
	list, err := s.secrets()
	if err != nil {
		return nil, err
	}
	for _, secret := range list {
		if len(secret) < 32 {
			return nil, fault.New(fault.Unavailable, "人员资料的密钥至少 32 个字符，请联系运维人员")
		}
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "guiyi people 1", 32)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		out = append(out, aead)
	}
	if len(out) == 0 {
		return nil, noKey()
	}
	return out, nil
}

func noKey() error {
	return fault.New(fault.Unavailable, "没有人员资料的密钥，请联系运维人员")
}

// seal encrypts a text that stands at one place, such as the second factor of one officer; opened elsewhere it is
// refused.
func (s sealer) seal(text, place string) (string, error) {
	keys, err := s.keys()
	if err != nil {
		return "", err
	}
	return sealed + base64.RawStdEncoding.EncodeToString(keys[0].Seal(nil, nil, []byte(text), []byte(place))), nil
}

func (s sealer) open(text, place string) (string, error) {
	keys, err := s.keys()
	if err != nil {
		return "", err
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(text, sealed))
	if err == nil && strings.HasPrefix(text, sealed) {
		for _, k := range keys {
			if plain, err := k.Open(nil, nil, raw, []byte(place)); err == nil {
				return string(plain), nil
			}
		}
	}
	return "", fault.New(fault.Unavailable, "人员资料解不开：密钥与写入时的不同，请联系运维人员")
}
