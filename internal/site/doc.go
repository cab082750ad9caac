// Package site (站点) manages the government websites of a city. It stores the dossier (网站档案), the domains, the
// column tree (栏目) and the state of each site.
//
// Sites and columns are declared in YAML files. Plan compares the declarations with the stored sites and lists the
// differences. Apply writes them in one transaction. Applying the same files again changes nothing.
//
// States of a site (政府网站发展指引):
//
//	applying 申请 → approved 审批 → registered 备案 → trial 试运行 → running 开通
//	registered → running                     without a trial
//	running ⇄ offline 临时下线                once a calendar year, 30 days
//	trial, running, offline → closing 永久下线公告    notice on the home page, 30 days
//	closing → running                        the closing is cancelled
//	closing → closed 关停 → archived 归档
//
// Tables: site_site, site_domain, site_column, site_state_log, site_rule.
// Event: site.changed {site, revision}. Neighbours: resource places items in columns, publish renders them; this slice
// imports neither.
package site
