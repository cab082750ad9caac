import type { Room } from '../room'

export default {
  name: 'imports', title: '导入', group: '内容', icon: 'import', permissions: ['import.read'],
  routes: [
    { path: 'imports', component: () => import('./ImportList.vue') },
    { path: 'imports/:import', component: () => import('./ImportPage.vue') },
  ],
} satisfies Room
