import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { call, onExpired } from '@/api/client'
import type { LinkInfo, Me } from '@/api/seams'
import { Failure } from '@/lib/problem'

/** Who is signed in, and what he may do. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const lost = ref(false) // somebody was signed in, and is no more: he signs in again over the page, nothing is left

  const permissions = computed(() => new Set(me.value?.permissions ?? []))

  /** can tells whether the officer has one of the permissions, somewhere; none asked is always true. */
  function can(...wanted: string[]): boolean {
    return wanted.length === 0 || wanted.some((p) => permissions.value.has(p))
  }

  async function load(): Promise<boolean> {
    if (me.value) return true
    try {
      me.value = await call<Me>('GET', '/session')
      return true
    } catch (e) {
      if (e instanceof Failure && e.status === 401) return false
      throw e
    }
  }

  /** signIn returns what is needed besides: a code of the second factor, a new password; '' when all is well. */
  async function signIn(account: string, password: string, more: { code?: string; new_password?: string } = {}): Promise<'' | 'code' | 'password'> {
    try {
      const now = await call<Me>('POST', '/session', { account, password, ...more })
      const other = me.value !== null && me.value.officer.id !== now.officer.id
      me.value = now
      if (other) location.reload()
      lost.value = false
      return ''
    } catch (e) {
      if (e instanceof Failure && e.status === 422 && (e.body.need === 'code' || e.body.need === 'password') && !(e.body.need === 'password' && more.new_password)) return e.body.need
      throw e
    }
  }

  const look = (link: string) => call<LinkInfo>('POST', '/session/link', { link })

  async function enter(link: string, who: { account?: string; name?: string; password?: string }): Promise<void> {
    me.value = await call<Me>('PUT', '/session/link', { link, ...who })
  }

  async function signOut(): Promise<void> {
    await call('DELETE', '/session').catch(() => undefined)
    me.value = null
    location.hash = '#/signin'
    location.reload()
  }

  onExpired(() => {
    if (me.value) lost.value = true
  })

  return { me, lost, can, load, signIn, look, enter, signOut }
})
