import type { Room } from '../room'

export default {
  name: 'jobs', title: '后台任务', group: '管理', icon: 'jobs', permissions: ['job.read'],
  routes: [{ path: 'jobs', component: () => import('./JobList.vue') }],
} satisfies Room
