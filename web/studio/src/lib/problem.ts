import type { Problem } from '@/api/schema'

/** A failed request as the console shows it: what the server says, or that the network is gone (status 0). */
export class Failure extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly fields: Record<string, string> = {},
    readonly body: Partial<Problem> & Record<string, unknown> = {},
  ) {
    super(detail)
  }

  /** offline tells whether the request may not have reached the server: it is kept and sent again. */
  get offline(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

const plain: Record<number, string> = {
  0: '连不上服务器。请检查网络；您的内容还在这一页上。',
  401: '登录已失效，请重新登录。',
  403: '您没有这项权限。',
  404: '没有找到，或者不在您的范围内。',
  409: '内容已被他人改动。',
  429: '操作过于频繁，请稍候再试。',
}

/** failure makes a Failure of an answer that is no success; body is its parsed JSON, if it had one. */
export function failure(status: number, body: unknown): Failure {
  const problem = (body && typeof body === 'object' ? body : {}) as Partial<Problem> & Record<string, unknown>
  const fields: Record<string, string> = {}
  for (const e of problem.errors ?? []) fields[e.field.replace(/^body\./, '')] = e.detail
  const detail = problem.detail || plain[status] || `服务器没能完成这项操作（${status}）。请稍后再试。`
  return new Failure(status, detail, fields, problem)
}

/** said is the text of any error for a user. */
export function said(e: unknown): string {
  if (e instanceof Failure) return e.message
  if (e instanceof Error && e.name === 'ChunkLoadError') return '这一页没有读到，请刷新后再试。'
  return '出错了，请刷新后再试。'
}
