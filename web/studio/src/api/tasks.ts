import { call } from './client'
import type { Page, StepKind, Task, TaskDetail } from './seams'

const base = '/api/v1'
/** search writes the query of an address; what is empty is left out. */
export const search = (q: Record<string, string | number | undefined>) => {
  const s = new URLSearchParams()
  for (const [k, v] of Object.entries(q)) if (v !== undefined && v !== '') s.set(k, String(v))
  return s.size ? `?${s}` : ''
}

export type View = 'todo' | 'mine' | 'returned' | 'done'

/** Review: texts that wait for approval. */
export const tasks = {
  list: (q: { view?: View; site?: string; item?: string; limit?: number; cursor?: string }) => call<Page<Task>>('GET', `${base}/tasks${search(q)}`),
  get: (id: string) => call<TaskDetail>('GET', `${base}/tasks/${id}`),
  submit: (item: string, body: { version: number; note?: string; release_at?: string }) => call<Task>('POST', `${base}/items/${item}/submit`, body),
  act: (id: string, act: 'claim' | 'unclaim' | 'approve' | 'return' | 'transfer' | 'recall', body: Record<string, unknown>) =>
    call<Task>('POST', `${base}/tasks/${id}/${act}`, body),
}

export interface FlowStep { name: string; kind: StepKind; units?: string[]; minutes?: number }
export interface Flow { site: string; column?: { id: string; name: string; path: string }; steps: FlowStep[]; version: number }

/** Flows: the steps of review of a site and of its columns. */
export const flows = {
  list: (site: string) => call<Page<Flow>>('GET', `${base}/flows${search({ site })}`),
  put: (body: { site: string; column?: string; steps: FlowStep[]; version?: number }) => call<Flow>('PUT', `${base}/flows`, body),
}
