package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/publish"
)

// Platform has the observers of a process with a database.
type Platform struct {
	Jobs    jobs.Observer
	Publish func(publish.Result)
}

// New registers the metrics of jobs and publishing and returns their observers.
func New(reg prometheus.Registerer) Platform {
	return Platform{
		Jobs:    newJobs(reg),
		Publish: newPublish(reg),
	}
}

// Search registers the metric of how far the search index of this process is behind the library.
func Search(reg prometheus.Registerer, index interface{ Behind() int64 }) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "guiyi_search_behind",
		Help: "Changes that the search index of this process does not contain yet.",
	}, func() float64 { return float64(index.Behind()) }))
}

type jobsObserver struct {
	done  *prometheus.CounterVec
	took  *prometheus.HistogramVec
	depth *prometheus.GaugeVec
}

// newJobs registers the metrics of jobs: number of jobs, duration of batches, depth of queues.
func newJobs(reg prometheus.Registerer) jobs.Observer {
	m := &jobsObserver{
		done: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_jobs_total",
			Help: "Jobs finished, by kind and outcome."}, []string{"kind", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "guiyi_job_batch_seconds",
			Help: "Duration of a batch of jobs.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9)},
			[]string{"kind"}),
		depth: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "guiyi_jobs_waiting", Help: "Jobs by kind and state."},
			[]string{"kind", "state"}),
	}
	reg.MustRegister(m.done, m.took, m.depth)
	return m
}

// Batch implements jobs.Observer.
func (m *jobsObserver) Batch(kind string, done, failed, dead int, took time.Duration) {
	m.done.WithLabelValues(kind, "done").Add(float64(done))
	m.done.WithLabelValues(kind, "failed").Add(float64(failed))
	m.done.WithLabelValues(kind, "dead").Add(float64(dead))
	m.took.WithLabelValues(kind).Observe(took.Seconds())
}

// Depth implements jobs.Observer.
func (m *jobsObserver) Depth(d jobs.Depth) {
	m.depth.WithLabelValues(d.Kind, "waiting").Set(float64(d.Waiting))
	m.depth.WithLabelValues(d.Kind, "running").Set(float64(d.Running))
	m.depth.WithLabelValues(d.Kind, "dead").Set(float64(d.Dead))
}

// newPublish registers the metrics of publishing: number of pages and duration of revisions. The returned function
// adds a result.
func newPublish(reg prometheus.Registerer) func(publish.Result) {
	pages := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guiyi_published_pages_total",
		Help: "Pages rendered, by site and outcome."}, []string{"site", "outcome"})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "guiyi_publish_seconds",
		Help: "Duration of a revision.", Buckets: prometheus.ExponentialBuckets(0.01, 4, 9)}, []string{"site"})
	reg.MustRegister(pages, took)
	return func(r publish.Result) {
		pages.WithLabelValues(r.Site, "changed").Add(float64(r.Rendered - r.Unchanged - r.Failed))
		pages.WithLabelValues(r.Site, "unchanged").Add(float64(r.Unchanged))
		pages.WithLabelValues(r.Site, "failed").Add(float64(r.Failed))
		took.WithLabelValues(r.Site).Observe(r.Took.Seconds())
	}
}
