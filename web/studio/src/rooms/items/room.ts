import type { Room } from '../room'

export default {
  name: 'items', title: '稿件', group: '内容', icon: 'doc', permissions: ['item.read'],
  routes: [
    { path: 'items', component: () => import('./ItemList.vue') },
    { path: 'items/new', component: () => import('./NewItem.vue'), meta: { title: '写稿件', permissions: ['item.write'] } },
    { path: 'items/:item', component: () => import('./ItemEditor.vue'), meta: { title: '编辑', slim: true } },
  ],
} satisfies Room
