import { call } from './client'
import type { Page } from './seams'
import { search } from './tasks'

export interface Grant { id: string; role: string; role_name: string; all_sites: boolean; sites: string[]; columns: string[]; units: string[]; granted_by: string; granted_at: string | null }
export interface Officer { id: string; version: number; account: string; name: string; department?: string; state: string; grants: Grant[]; created_at?: string | null; locked_until?: string | null }
export interface Department { id: string; code: string; name: string; parent?: string }
export interface Role { code: string; name: string; admin: boolean; permissions: string[] }
export interface Session { id: string; officer: string; account: string; began_at: string | null; seen_at: string | null; address: string; agent: string }

const base = '/api/v1'
type Q = { limit?: number; cursor?: string }

/** Departments, officers, what they may do and where they are signed in. */
export const people = {
  officers: (q: Q & { q?: string; department?: string; state?: string }) => call<Page<Officer>>('GET', `${base}/officers${search(q)}`),
  officer: (id: string) => call<Officer>('GET', `${base}/officers/${id}`),
  add: (o: { account: string; name: string; department?: string }) => call<Officer>('POST', `${base}/officers`, o),
  change: (id: string, o: { version: number; name?: string; department?: string; state?: string }) => call<Officer>('PATCH', `${base}/officers/${id}`, o),
  link: (id: string) => call<{ link: string; expires_at: string }>('POST', `${base}/officers/${id}/link`),
  unlock: (id: string) => call<void>('POST', `${base}/officers/${id}/unlock`),
  grant: (id: string, g: { role: string; all_sites?: boolean; sites?: string[]; columns?: string[]; units?: string[] }) => call<Grant>('POST', `${base}/officers/${id}/grants`, g),
  appoint: (id: string, role: string) => call<Grant>('POST', `${base}/officers/${id}/appointment`, { role }),
  take: (grant: string) => call<void>('DELETE', `${base}/grants/${grant}`),
  roles: () => call<Page<Role>>('GET', `${base}/roles`),
  async departments(): Promise<Department[]> {
    const all: Department[] = []
    for (let cursor: string | undefined, first = true; first || cursor; first = false) {
      const page = await call<Page<Department>>('GET', `${base}/departments${search({ limit: 200, cursor })}`)
      all.push(...page.items)
      cursor = page.next
    }
    return all
  },
  addDepartment: (d: { code: string; name: string; parent?: string }) => call<Department>('POST', `${base}/departments`, d),
  sessions: (q: Q & { officer?: string }) => call<Page<Session>>('GET', `${base}/sessions${search(q)}`),
  end: (session: string) => call<void>('DELETE', `${base}/sessions/${session}`),
}
