package config

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// secrecy says which part of a value is secret.
type secrecy int

const (
	open      secrecy = iota // nothing
	secretURL                // user and password in an address
	secret                   // the whole value
)

// option describes an option.
type option struct {
	key    string // "section.name" or "name"
	field  func(*Config) any
	usage  string
	allow  string // Chinese text about the allowed values, for errors and help
	check  func(c *Config) bool
	secret secrecy
}

// section returns the title of a section, or "" if there is no such section.
func section(name string) string {
	return map[string]string{
		"bus":        "消息总线：唤醒与期望状态（NATS）",
		"public":     "公众监听",
		"studio":     "管理监听，不得暴露到公网",
		"portal":     "门户动态页面（多进程部署时的内部监听）",
		"people":     "人员：账户的第二重验证",
		"session":    "会话：公众登录后的状态",
		"log":        "日志",
		"access-log": "访问日志：公众的每次访问记一行，留存不少于六个月（网络安全法第二十一条）",
		"otel":       "链路追踪（OpenTelemetry）",
		"crypto":     "签名",
		"worker":     "后台任务",
		"edge":       "边缘节点",
		"keep":       "留存：哪些版本的页面保留在存储中；账本中的签名记录始终保留",
		"api":        "管理接口：每个令牌的请求速率；超过时应答 429",
	}[name]
}

func options() []option {
	return slices.Concat(basicOptions(), networkOptions(), sessionOptions(), runOptions(), keepOptions())
}

func basicOptions() []option {
	return []option{
		{key: "data-dir", usage: "数据目录", allow: "目录路径", field: func(c *Config) any { return &c.DataDir },
			check: func(c *Config) bool { return c.DataDir != "" }},
		{key: "roles", usage: "本进程承担的角色", allow: "以下一项或多项，不重复：" + strings.Join(Roles(), "、"),
			field: func(c *Config) any { return &c.Roles },
			check: func(c *Config) bool { return subset(c.Roles, Roles()) }},
		{key: "database", usage: "数据库地址；留空使用数据目录中的 SQLite", allow: "sqlite:文件 或 postgres://用户:密码@主机/库",
			field: func(c *Config) any { return &c.Database }, secret: secretURL,
			check: func(c *Config) bool { return hasScheme(c.Database, "sqlite:", "postgres://", "postgresql://") }},
		{key: "blob", usage: "文件存储地址；留空使用数据目录", allow: "dir:目录 或 s3://存储桶?endpoint=地址（凭据放在 AWS_* 环境变量中）",
			field: func(c *Config) any { return &c.Blob }, secret: secretURL,
			check: func(c *Config) bool { return hasScheme(c.Blob, "dir:", "s3://") }},
		{key: "trusted-proxies", usage: "可信的前置代理；只有它们送来的 X-Forwarded-For 才被采信", allow: "IP 地址或网段的列表",
			field: func(c *Config) any { return &c.TrustedProxies }},
		{key: "bus.url", usage: "NATS 地址；留空使用内置总线", allow: "空，或 nats://主机:端口、tls://主机:端口，多个以逗号分隔",
			field: func(c *Config) any { return &c.Bus.URL }, secret: secretURL,
			check: func(c *Config) bool { return c.Bus.URL == "" || hasScheme(c.Bus.URL, "nats://", "tls://") }},
		{key: "bus.token", usage: "NATS 令牌", allow: "与 bus.creds、bus.nkey 最多设置一项，且仅在设置 bus.url 时有效",
			field: func(c *Config) any { return &c.Bus.Token }, secret: secret,
			check: func(c *Config) bool { return c.Bus.Token == "" || c.Bus.loginOnce() }},
		{key: "bus.creds", usage: "NATS 凭据文件", allow: "与 bus.token、bus.nkey 最多设置一项，且仅在设置 bus.url 时有效",
			field: func(c *Config) any { return &c.Bus.Creds },
			check: func(c *Config) bool { return c.Bus.Creds == "" || c.Bus.loginOnce() }},
		{key: "bus.nkey", usage: "NATS nkey 种子文件", allow: "与 bus.token、bus.creds 最多设置一项，且仅在设置 bus.url 时有效",
			field: func(c *Config) any { return &c.Bus.NKey },
			check: func(c *Config) bool { return c.Bus.NKey == "" || c.Bus.loginOnce() }},
		{key: "bus.replicas", usage: "集群中的副本数", allow: "1、3 或 5", field: func(c *Config) any { return &c.Bus.Replicas },
			check: func(c *Config) bool { return slices.Contains([]int{1, 3, 5}, c.Bus.Replicas) }},
	}
}

func networkOptions() []option {
	const listen = "主机:端口，端口 0 到 65535，各监听不得相同"
	const pair = "证书与私钥文件须同时设置或同时留空"
	return []option{
		{key: "public.listen", usage: "公众访问地址", allow: listen, field: func(c *Config) any { return &c.Public.Listen },
			check: func(c *Config) bool { return c.listenOK(c.Public.Listen) }},
		{key: "public.tls-cert", usage: "证书文件（PEM），设置后启用 HTTPS 与 HTTP/2", allow: pair,
			field: func(c *Config) any { return &c.Public.TLSCert },
			check: func(c *Config) bool { return c.Public.pair() }},
		{key: "public.tls-key", usage: "私钥文件（PEM）", allow: pair, field: func(c *Config) any { return &c.Public.TLSKey },
			check: func(c *Config) bool { return c.Public.pair() }},
		{key: "studio.listen", usage: "管理与运维地址（/healthz、/readyz、/metrics）", allow: listen,
			field: func(c *Config) any { return &c.Studio.Listen },
			check: func(c *Config) bool { return c.listenOK(c.Studio.Listen) }},
		{key: "studio.tls-cert", usage: "证书文件（PEM）", allow: pair,
			field: func(c *Config) any { return &c.Studio.TLSCert },
			check: func(c *Config) bool { return c.Studio.pair() }},
		{key: "studio.tls-key", usage: "私钥文件（PEM）", allow: pair, field: func(c *Config) any { return &c.Studio.TLSKey },
			check: func(c *Config) bool { return c.Studio.pair() }},
		{key: "portal.listen", usage: "门户进程的内部监听地址", allow: listen,
			field: func(c *Config) any { return &c.Portal.Listen },
			check: func(c *Config) bool { return c.listenOK(c.Portal.Listen) }},
		{key: "portal.url", usage: "边缘进程访问门户的地址；留空由 portal.listen 推出", allow: "http:// 或 https:// 地址",
			field: func(c *Config) any { return &c.Portal.URL },
			check: func(c *Config) bool { return webAddress(c.Portal.URL) }},
		{key: "portal.secret", usage: "边缘与门户分进程部署时的共享密钥；更换期间先写新的，再写旧的",
			allow: "至少 32 个字符，两个以逗号分隔；与 portal.secret-file 最多设置一项",
			field: func(c *Config) any { return &c.Portal.Secret }, secret: secret,
			check: func(c *Config) bool { return secretOK(c.Portal.Secret, c.Portal.SecretFile) }},
		{key: "portal.secret-file", usage: "共享密钥文件，每行一个；都留空则使用数据目录中自动生成的 portal.secret",
			allow: "文件路径；与 portal.secret 最多设置一项",
			field: func(c *Config) any { return &c.Portal.SecretFile }},
	}
}

func sessionOptions() []option {
	return []option{
		{key: "session.secret", usage: "会话密钥，各门户进程相同，边缘进程不需要；更换期间先写新的，再写旧的",
			allow: "至少 32 个字符，两个以逗号分隔；与 session.secret-file 最多设置一项",
			field: func(c *Config) any { return &c.Session.Secret }, secret: secret,
			check: func(c *Config) bool { return secretOK(c.Session.Secret, c.Session.SecretFile) }},
		{key: "session.secret-file", usage: "会话密钥文件，每行一个；都留空则使用数据目录中自动生成的 session.secret",
			allow: "文件路径；与 session.secret 最多设置一项",
			field: func(c *Config) any { return &c.Session.SecretFile }},
		{key: "session.idle", usage: "多久没有操作即退出登录", allow: "1m 到 24h 的时长，如 30m",
			field: func(c *Config) any { return &c.Session.Idle },
			check: func(c *Config) bool { return c.Session.Idle >= time.Minute && c.Session.Idle <= 24*time.Hour }},
		{key: "session.longest", usage: "登录后最长保持多久", allow: "不短于 session.idle、不超过 720h 的时长，如 12h",
			field: func(c *Config) any { return &c.Session.Longest },
			check: func(c *Config) bool {
				return c.Session.Longest >= c.Session.Idle && c.Session.Longest <= 720*time.Hour
			}},
		{key: "people.secret", usage: "人员资料（动态口令）的密钥，各管理端进程相同；更换期间先写新的，再写旧的",
			allow: "至少 32 个字符，两个以逗号分隔；与 people.secret-file 最多设置一项",
			field: func(c *Config) any { return &c.People.Secret }, secret: secret,
			check: func(c *Config) bool { return secretOK(c.People.Secret, c.People.SecretFile) }},
		{key: "people.secret-file", usage: "人员资料的密钥文件，每行一个；都留空则使用数据目录中自动生成的 people.secret",
			allow: "文件路径；与 people.secret 最多设置一项",
			field: func(c *Config) any { return &c.People.SecretFile }},
	}
}

func runOptions() []option {
	return []option{
		{key: "log.format", usage: "日志格式", allow: "text 或 json", field: func(c *Config) any { return &c.Log.Format },
			check: func(c *Config) bool { return slices.Contains([]string{"text", "json"}, c.Log.Format) }},
		{key: "log.level", usage: "日志级别", allow: "debug、info、warn 或 error",
			field: func(c *Config) any { return &c.Log.Level },
			check: func(c *Config) bool {
				return slices.Contains([]string{"debug", "info", "warn", "error"},
					c.Log.Level)
			}},
		{key: "access-log.format", usage: "访问日志的格式；off 为不记录，须另有设备记录并留存", allow: "combined、json 或 off",
			field: func(c *Config) any { return &c.AccessLog.Format },
			check: func(c *Config) bool {
				return slices.Contains([]string{"combined", "json", "off"}, c.AccessLog.Format)
			}},
		{key: "access-log.dir", usage: "访问日志的目录；留空使用数据目录", allow: "目录路径",
			field: func(c *Config) any { return &c.AccessLog.Dir }},
		{key: "access-log.file-mib", usage: "一个文件满多少 MiB 时换下一个；每天零时也换", allow: "1 到 65536 的整数",
			field: func(c *Config) any { return &c.AccessLog.FileMiB },
			check: func(c *Config) bool { return within(c.AccessLog.FileMiB, 1, 1<<16) }},
		{key: "access-log.max-gib", usage: "访问日志最多占多少 GiB；法定期限内的从不删除，放不下时告警", allow: "1 到 1048576 的整数",
			field: func(c *Config) any { return &c.AccessLog.MaxGiB },
			check: func(c *Config) bool { return within(c.AccessLog.MaxGiB, 1, 1<<20) }},
		{key: "access-log.keep-days", usage: "访问日志留存多少天；0 为法定期限", allow: "0，或不少于法定期限的天数",
			field: func(c *Config) any { return &c.AccessLog.KeepDays },
			check: func(c *Config) bool { return within(c.AccessLog.KeepDays, 0, 36500) }},
		{key: "otel.endpoint", usage: "OTLP/HTTP 接收地址；留空不发送", allow: "空，或 http://主机:端口、https://主机:端口",
			field: func(c *Config) any { return &c.Otel.Endpoint }, secret: secretURL,
			check: func(c *Config) bool { return c.Otel.Endpoint == "" || webAddress(c.Otel.Endpoint) }},
		{key: "crypto.suite", usage: "新签名使用的套件", allow: "ed25519 或 sm2（国密）",
			field: func(c *Config) any { return &c.Crypto.Suite },
			check: func(c *Config) bool { return slices.Contains([]string{"ed25519", "sm2"}, c.Crypto.Suite) }},
		{key: "edge.mirror", usage: "本机镜像：把各站点的内容完整保存在这个目录；留空不保存", allow: "空，或目录路径",
			field: func(c *Config) any { return &c.Edge.Mirror }},
		{key: "edge.cache-mib", usage: "页面内存缓存，单位 MiB；路由另用四分之一", allow: "8 到 1048576 的整数",
			field: func(c *Config) any { return &c.Edge.CacheMiB },
			check: func(c *Config) bool { return within(c.Edge.CacheMiB, 8, 1<<20) }},
		{key: "edge.body-mib", usage: "请求体上限，单位 MiB", allow: "1 到 1024 的整数",
			field: func(c *Config) any { return &c.Edge.BodyMiB },
			check: func(c *Config) bool { return within(c.Edge.BodyMiB, 1, 1024) }},
		{key: "edge.header-kib", usage: "请求头上限，单位 KiB", allow: "4 到 1024 的整数",
			field: func(c *Config) any { return &c.Edge.HeaderKiB },
			check: func(c *Config) bool { return within(c.Edge.HeaderKiB, 4, 1024) }},
		{key: "edge.request-timeout", usage: "搜索、接口等动态请求最多等多久", allow: "1s 到 100s 的时长，如 30s",
			field: func(c *Config) any { return &c.Edge.RequestTimeout },
			check: func(c *Config) bool {
				return c.Edge.RequestTimeout >= time.Second && c.Edge.RequestTimeout <= 100*time.Second
			}},
	}
}

func keepOptions() []option {
	return []option{
		{key: "keep.for", usage: "这段时间内公开过的版本都可以回退；边缘节点落后不超过它时不缺内容", allow: "不小于 1s 的时长，如 720h",
			field: func(c *Config) any { return &c.Retention.For },
			check: func(c *Config) bool { return c.Retention.For >= time.Second }},
		{key: "keep.revisions", usage: "无论多久，最近这么多版都可以回退", allow: "1 到 1000000 的整数",
			field: func(c *Config) any { return &c.Retention.Revisions },
			check: func(c *Config) bool { return within(c.Retention.Revisions, 1, 1000000) }},
		{key: "keep.schedule", usage: "清理存储的时间（北京时间）", allow: "cron 的五个字段，如 17 3 * * *，或 @daily、@every 1h",
			field: func(c *Config) any { return &c.Retention.Schedule },
			check: func(c *Config) bool { return c.Retention.Schedule != "" }},
		{key: "keep.uploads", usage: "上传后没有导入的文件保留多久", allow: "不小于 1h 的时长，如 168h",
			field: func(c *Config) any { return &c.Retention.Uploads },
			check: func(c *Config) bool { return c.Retention.Uploads >= time.Hour }},
		{key: "api.per-second", usage: "一个令牌每秒可以发出的请求数", allow: "1 到 1000000 的整数",
			field: func(c *Config) any { return &c.API.PerSecond },
			check: func(c *Config) bool { return within(c.API.PerSecond, 1, 1000000) }},
		{key: "api.burst", usage: "一个令牌停歇之后可以连发的请求数", allow: "1 到 1000000 的整数",
			field: func(c *Config) any { return &c.API.Burst },
			check: func(c *Config) bool { return within(c.API.Burst, 1, 1000000) }},
	}
}

func (o option) env() string {
	return "GUIYI_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(o.key))
}

func (o option) flag() string { return strings.ReplaceAll(o.key, ".", "-") }

// set parses text and sets the field. Lists are separated by commas. It returns false if text is malformed.
func (o option) set(c *Config, text string) bool {
	return o.setList(c, splitList(text), text)
}

func (o option) setList(c *Config, items []string, text string) bool {
	switch p := o.field(c).(type) {
	case *string:
		*p = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return false
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return false
		}
		*p = d
	case *[]string:
		*p = items
	case *[]netip.Prefix:
		list, ok := parsePrefixes(items)
		if !ok {
			return false
		}
		*p = list
	}
	return true
}

// isList reports whether the option is a list.
func (o option) isList() bool {
	switch o.field(&Config{}).(type) {
	case *[]string, *[]netip.Prefix:
		return true
	}
	return false
}

// text returns the value in the form that set parses.
func (o option) text(c *Config) string {
	switch p := o.field(c).(type) {
	case *string:
		return *p
	case *[]string:
		return strings.Join(*p, ",")
	case *[]netip.Prefix:
		items := make([]string, len(*p))
		for i, prefix := range *p {
			items[i] = prefix.String()
		}
		return strings.Join(items, ",")
	case *int:
		return strconv.Itoa(*p)
	case *time.Duration:
		return p.String()
	}
	return ""
}

var (
	userInfo    = regexp.MustCompile(`://.*@`) // up to the last @, because a password may contain one
	secretQuery = regexp.MustCompile(`(?i)([?&][a-z_-]*(?:password|secret|token|key|user)[a-z_-]*=)[^&]*`)
)

const hidden = "******"

// shown returns text without its secret part.
func (o option) shown(text string) string {
	switch {
	case text == "" || o.secret == open:
		return text
	case o.secret == secret:
		return hidden
	}
	text = userInfo.ReplaceAllString(text, "://"+hidden+"@")
	return secretQuery.ReplaceAllString(text, "${1}"+hidden)
}

func splitList(text string) []string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func parsePrefixes(items []string) ([]netip.Prefix, bool) {
	var out []netip.Prefix
	for _, item := range items {
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			addr, err := netip.ParseAddr(item)
			if err != nil {
				return nil, false
			}
			prefix = netip.PrefixFrom(addr.WithZone(""), addr.BitLen())
		}
		out = append(out, prefix.Masked())
	}
	return out, true
}

func within(n, low, high int) bool { return n >= low && n <= high }

func hasScheme(address string, schemes ...string) bool {
	return slices.ContainsFunc(schemes, func(s string) bool {
		return strings.HasPrefix(address, s) &&
			len(address) > len(s)
	})
}

func subset(items, of []string) bool {
	for i, item := range items {
		if !slices.Contains(of, item) || slices.Contains(items[:i], item) {
			return false
		}
	}
	return len(items) > 0
}

func (b Bus) loginOnce() bool {
	set := 0
	for _, v := range []string{b.Token, b.Creds, b.NKey} {
		if v != "" {
			set++
		}
	}
	return set <= 1 && b.URL != ""
}

func (l Listener) pair() bool { return (l.TLSCert == "") == (l.TLSKey == "") }
