import type { Room } from '../room'

export default {
  name: 'columns', title: '栏目', group: '内容', icon: 'tree', permissions: ['column.write'],
  routes: [{ path: 'columns', component: () => import('./ColumnRoom.vue') }],
} satisfies Room
