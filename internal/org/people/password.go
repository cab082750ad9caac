package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"golang.org/x/crypto/argon2"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Parameters of argon2id: the second of those that OWASP recommends. They are stored with each hash, so that they can
// be raised.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// maxPassword bounds the work on an input, in bytes.
const maxPassword = 256

// maxWaiting is how many computations may wait for a processor; more are sent away.
const maxWaiting = 100

// hasher computes argon2id on half of the processors, so that guesses do not stop all other work.
type hasher struct {
	slots, waiting chan struct{}
	none           string // in the form of a hash; no password has it
	derive         func(password, salt []byte, times, memory uint32, threads uint8, length uint32) []byte
}

func newHasher(processors int) hasher {
	h := hasher{slots: make(chan struct{}, max(1, processors/2)), waiting: make(chan struct{}, maxWaiting),
		derive: argon2.IDKey}
	random := make([]byte, argonSalt+argonKey)
	_, _ = rand.Read(random) // never fails
	h.none = encode(random[:argonSalt], random[argonSalt:])
	return h
}

func encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// slot waits for a processor.
func (h hasher) slot(ctx context.Context) (leave func(), err error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, fault.New(fault.Unavailable, "登录的人太多，请稍候重试。")
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// make returns the hash of a password, in PHC form.
func (h hasher) make(ctx context.Context, password string) (string, error) {
	leave, err := h.slot(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	return encode(salt, h.derive([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)), nil
}

// matches reports whether the password has the hash. An empty hash takes the same work and never matches.
func (h hasher) matches(ctx context.Context, password, phc string) (bool, error) {
	there := phc != ""
	if !there {
		phc = h.none
	}
	var version int
	var memory, times uint32
	var threads uint8
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fault.New(fault.Internal, "密码散列的格式不对")
	}
	_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &times, &threads)
	salt, serr := base64.RawStdEncoding.DecodeString(parts[4])
	want, kerr := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || serr != nil || kerr != nil || version != argon2.Version || times == 0 || threads == 0 {
		return false, fault.New(fault.Internal, "密码散列的格式不对")
	}
	leave, err := h.slot(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	got := h.derive([]byte(password), salt, times, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && there, nil
}

// PasswordRules are the rules for passwords, for people.
func (d *Desk) PasswordRules() ([]string, error) {
	p, err := d.policy()
	if err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprintf("至少 %d 个字符", p.length),
		fmt.Sprintf("大写字母、小写字母、数字、符号中至少有 %d 类", p.classes),
		"不含账户名",
		fmt.Sprintf("与最近 %d 次用过的不同", p.history),
		fmt.Sprintf("每 %d 天更换一次", p.days),
	}, nil
}

// policy are the rules of passwords in force.
type policy struct{ length, classes, days, history int }

func (d *Desk) policy() (p policy, err error) {
	for code, into := range map[string]*int{"org.password.length": &p.length, "org.password.classes": &p.classes,
		"org.password.days": &p.days, "org.password.history": &p.history} {
		if *into, err = d.limit(code); err != nil {
			return p, err
		}
	}
	return p, nil
}

// faultOf says what is wrong with a new password, "" for nothing.
func (p policy) faultOf(password, account string) string {
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return "不能含有控制字符"
	case len(password) > maxPassword:
		return fmt.Sprintf("最多 %d 个字节", maxPassword)
	case utf8.RuneCountInString(password) < p.length:
		return fmt.Sprintf("至少 %d 个字符", p.length)
	case classes(password) < p.classes:
		return fmt.Sprintf("大写字母、小写字母、数字、符号中至少有 %d 类", p.classes)
	case strings.Contains(strings.ToLower(password), account):
		return "不能含有账户名"
	}
	return ""
}

// classes counts the kinds of characters: capital letters, small letters, digits, all others.
func classes(password string) int {
	kinds := map[int]bool{}
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			kinds[0] = true
		case unicode.IsLower(r):
			kinds[1] = true
		case unicode.IsDigit(r):
			kinds[2] = true
		default:
			kinds[3] = true
		}
	}
	return len(kinds)
}

// newHash returns the hash of a password that follows the rules. former are the hashes that it must not have.
func (d *Desk) newHash(ctx context.Context, password, account string, former []credentialRow) (string, error) {
	p, err := d.policy()
	if err != nil {
		return "", err
	}
	text := p.faultOf(password, account)
	for _, c := range former[:min(len(former), p.history)] {
		if text != "" {
			break
		}
		same, err := d.hash.matches(ctx, password, c.Data)
		if err != nil {
			return "", err
		}
		if same {
			text = fmt.Sprintf("不能与最近 %d 次用过的相同", p.history)
		}
	}
	if text != "" {
		return "", fault.InvalidFields(map[string]string{"password": text}, "新密码不合要求：%s", text)
	}
	return d.hash.make(ctx, password)
}

// passwords returns the password of an officer and the earlier ones, newest first.
func passwords(ctx context.Context, db bun.IDB, officer int64) (rows []credentialRow, err error) {
	err = db.NewSelect().Model(&rows).Where("officer_id = ?", officer).
		Where("kind IN (?)", bun.List([]string{kindPassword, kindFormer})).OrderExpr("id DESC").Scan(ctx)
	return rows, err
}

// storePassword replaces the password of an officer and keeps as many earlier ones as the rules compare with.
func (d *Desk) storePassword(ctx context.Context, tx bun.Tx, officer int64, phc string) error {
	history, err := d.limit("org.password.history")
	if err != nil {
		return err
	}
	if _, err := tx.NewUpdate().Model((*credentialRow)(nil)).Set("kind = ?", kindFormer).
		Where("officer_id = ? AND kind = ?", officer, kindPassword).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&credentialRow{ID: store.NewID(), OfficerID: officer, Kind: kindPassword,
		Data: phc, SetAt: d.now().UnixMilli()}).Exec(ctx); err != nil {
		return err
	}
	all, err := passwords(ctx, tx, officer)
	if err != nil || len(all) <= history {
		return err
	}
	var old []int64
	for _, c := range all[history:] {
		old = append(old, c.ID)
	}
	_, err = tx.NewDelete().Model((*credentialRow)(nil)).Where("id IN (?)", bun.List(old)).Exec(ctx)
	return err
}
