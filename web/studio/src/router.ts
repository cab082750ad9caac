import { createRouter, createWebHashHistory } from 'vue-router'
import { rooms } from './rooms'
import { useSession } from './stores/session'
import { useSites } from './stores/sites'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    open?: boolean // without signing in
    permissions?: string[]
    slim?: boolean // the menu shows its glyphs only
    room?: string
  }
}

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/enter/:secret', component: () => import('./rooms/session/EnterPage.vue'), meta: { open: true, title: '进入' } },
    { path: '/signin', component: () => import('./rooms/session/SignInPage.vue'), meta: { open: true, title: '登录' } },
    {
      path: '/',
      component: () => import('./frame/AppFrame.vue'),
      children: [
        { path: '', redirect: '/worktable' },
        ...rooms.flatMap((room) =>
          room.routes.map((r) => ({ ...r, meta: { title: room.title, permissions: room.permissions, room: room.name, ...r.meta } }))),
        { path: ':rest(.*)*', component: () => import('./frame/NotFound.vue'), meta: { title: '没有这一页' } },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  const session = useSession()
  if (!(await session.load())) return { path: '/signin', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  const sites = useSites()
  if (!sites.all.length && session.can('site.read')) await sites.load().catch(() => undefined)
  if (typeof to.query.site === 'string' && to.query.site) sites.pick(to.query.site)
  return true
})

router.afterEach((to, from) => {
  document.title = `${to.meta.title ?? ''} · 归一管理端`
  // A new page is announced and read from its beginning.
  if (to.path !== from.path) requestAnimationFrame(() => document.getElementById('main')?.focus({ preventScroll: true }))
})

// A page of an older build is gone after an update of the server: read the console anew.
router.onError((e, to) => {
  if (/dynamically imported module|Failed to fetch/.test(String(e)) && !sessionStorage.getItem('studio.anew')) {
    sessionStorage.setItem('studio.anew', '1')
    location.hash = '#' + to.fullPath
    location.reload()
  }
})
