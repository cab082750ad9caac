import type { Room } from '../room'

export default {
  name: 'flows', title: '审核流程', group: '管理', icon: 'flow', permissions: ['editorial.flow'],
  routes: [{ path: 'flows', component: () => import('./FlowRoom.vue') }],
} satisfies Room
