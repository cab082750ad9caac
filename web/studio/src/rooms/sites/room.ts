import type { Room } from '../room'

export default {
  name: 'sites', title: '站点与档案', group: '管理', icon: 'globe', permissions: ['site.read'],
  routes: [
    { path: 'sites', component: () => import('./SiteList.vue') },
    { path: 'sites/:site', component: () => import('./SitePage.vue') },
  ],
} satisfies Room
