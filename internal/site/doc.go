// Package site (站点) holds the government websites of a city: each site's dossier
// (网站档案), domains, column tree (栏目) and life cycle.
//
// Sites and columns are declared in readable YAML files. Apply compares the declared
// sites with the stored ones, shows a plan, and carries it out in one transaction;
// applying the same files again changes nothing.
//
// States of a site (政府网站发展指引 1.10 of the standards reference):
//
//	applying 申请 → approved 审批 → registered 备案 → trial 试运行 → running 开通
//	registered → running                     without a trial
//	running ⇄ offline 临时下线                once a calendar year, 30 days
//	trial, running, offline → closing 永久下线公告    notice on the home page, 30 days
//	closing → running                        the notice is taken back
//	closing → closed 关停 → archived 归档
//
// Tables: site_site, site_domain, site_column, site_state_log, site_rule.
// Event: site.changed {site}. Neighbours: resource places items in columns, publish
// renders them; this slice knows neither.
package site
