import type { Room } from '../room'

export default {
  name: 'audit', title: '审计日志', group: '管理', icon: 'log', permissions: ['audit.read'],
  routes: [{ path: 'audit', component: () => import('./AuditList.vue') }],
} satisfies Room
