import type { Room } from '../room'

export default {
  name: 'ledger', title: '发布与账本', group: '审核与发布', icon: 'book', permissions: ['publish.read'],
  routes: [{ path: 'ledger', component: () => import('./LedgerRoom.vue') }],
} satisfies Room
