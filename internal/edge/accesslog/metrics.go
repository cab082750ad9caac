package accesslog

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	lines prometheus.Counter
	lost  *prometheus.CounterVec // cause
	bytes prometheus.Gauge
	days  prometheus.Gauge
}

func newMetrics() *metrics {
	return &metrics{
		lines: prometheus.NewCounter(prometheus.CounterOpts{Name: "guiyi_access_log_lines_total",
			Help: "Requests noted in the access log."}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_access_log_lost_total",
			Help: "Requests missing in the access log, by cause."}, []string{"cause"}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{Name: "guiyi_access_log_bytes",
			Help: "Bytes of all files of the access log."}),
		days: prometheus.NewGauge(prometheus.GaugeOpts{Name: "guiyi_access_log_days",
			Help: "Days that the files of the access log reach back."}),
	}
}

func (m *metrics) register(to prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.lines, m.lost, m.bytes, m.days} {
		if err := to.Register(c); err != nil {
			return err
		}
	}
	return nil
}
