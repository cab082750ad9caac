import type { Room } from '../room'

export default {
  name: 'review', title: '审核', group: '审核与发布', icon: 'check', permissions: ['editorial.review', 'editorial.submit', 'editorial.flow'], todo: 'tasks',
  routes: [
    { path: 'review', component: () => import('./ReviewList.vue') },
    { path: 'review/:task', component: () => import('./ReviewPage.vue'), meta: { slim: true } },
  ],
} satisfies Room
