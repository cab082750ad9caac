package edge

import (
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec // site, class
	bytes    *prometheus.CounterVec // site
	cache    *prometheus.CounterVec // result
	events   *prometheus.CounterVec // kind
	revision *prometheus.GaugeVec   // site

	hit, miss prometheus.Counter
	unknown   *siteMetrics // requests for no site of ours
}

// siteMetrics are the counters of one site, looked up once.
type siteMetrics struct {
	class [6]prometheus.Counter // by first digit of the status
	bytes prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, held func() float64) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_edge_requests_total",
			Help: "Requests answered, by site and status class."}, []string{"site", "class"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_edge_bytes_total",
			Help: "Bytes of static bodies sent, by site."}, []string{"site"}),
		cache: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_edge_cache_total",
			Help: "Look-ups of verified content in memory, by result."}, []string{"result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_edge_events_total",
			Help: "Failed verifications and refused heads, by kind."}, []string{"kind"}),
		revision: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "guiyi_edge_revision",
			Help: "Revision of the snapshot being served, by site."}, []string{"site"}),
	}
	m.hit, m.miss = m.cache.WithLabelValues("hit"), m.cache.WithLabelValues("miss")
	m.unknown = m.site("")
	if reg == nil {
		return m, nil
	}
	size := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "guiyi_edge_cache_bytes",
		Help: "Verified bytes held in memory."}, held)
	for _, c := range []prometheus.Collector{m.requests, m.bytes, m.cache, m.events, m.revision, size} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) site(code string) *siteMetrics {
	s := &siteMetrics{bytes: m.bytes.WithLabelValues(code)}
	for i, class := range []string{"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"} {
		s.class[i] = m.requests.WithLabelValues(code, class)
	}
	return s
}

// count does nothing without metrics.
func (s *siteMetrics) count(status, bytes int) {
	if s == nil {
		return
	}
	if class := status / 100; class < len(s.class) {
		s.class[class].Inc()
	}
	if bytes > 0 {
		s.bytes.Add(float64(bytes))
	}
}
