import type { Room } from '../room'

export default {
  name: 'tokens', title: '令牌', group: '管理', icon: 'key', permissions: ['token.read'],
  routes: [{ path: 'tokens', component: () => import('./TokenList.vue') }],
} satisfies Room
