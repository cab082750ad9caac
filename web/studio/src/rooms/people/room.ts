import type { Room } from '../room'

export default {
  name: 'people', title: '人员与权限', group: '管理', icon: 'people', permissions: ['org.read', 'org.write', 'org.grant'],
  routes: [
    { path: 'people', component: () => import('./OfficerList.vue') },
    { path: 'people/departments', component: () => import('./DepartmentList.vue') },
    { path: 'people/sessions', component: () => import('./SessionList.vue') },
    { path: 'people/:officer', component: () => import('./OfficerPage.vue') },
  ],
} satisfies Room
