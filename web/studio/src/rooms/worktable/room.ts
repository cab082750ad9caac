import type { Room } from '../room'

export default {
  name: 'worktable', title: '工作台', group: '', icon: 'home', permissions: [], todo: 'tasks',
  routes: [{ path: 'worktable', component: () => import('./WorkTable.vue') }],
} satisfies Room
