// Shapes of the session; the rest comes from the OpenAPI document.
export interface Me {
  officer: { id: string; account: string; name: string; department: string }
  roles: { role: string; name: string; all_sites: boolean; sites: string[] | null }[]
  permissions: string[]
  idle_seconds: number
}

export interface LinkInfo {
  purpose: 'first' | 'password' | 'enter'
  officer?: { account: string; name: string }
  rules: string[] | null
}

export interface Person { id: string; name: string }

export type StepKind = 'review' | 'secrecy' | 'privacy' | 'proofread'

export interface Task {
  id: string
  version: number
  item: string
  title: string
  site: string
  column?: { id: string; name: string }
  class: string
  edition: number
  state: 'open' | 'approved' | 'returned' | 'recalled'
  step: number
  steps: number
  step_name: string
  submitted_by: Person
  submitted_at: string
  claimed_by?: Person
  due?: string
  release_at?: string
  note?: string
}

export interface Act { no: number; step: number; act: string; by: Person; at: string; note?: string }
export interface Change { kind: 'same' | 'added' | 'removed'; text: string }
export interface TaskDetail extends Task {
  acts: Act[]
  changes: Change[]
  flow: { name: string; kind: StepKind }[]
}

export interface Page<T> { items: T[]; next?: string }
