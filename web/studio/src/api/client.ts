import createClient from 'openapi-fetch'
import type { paths } from './schema'
import { idle } from '@/lib/live'
import { Failure, failure } from '@/lib/problem'

type Listener = () => void
const expired = new Set<Listener>()

/** onExpired calls back when a request says that nobody is signed in any more. */
export function onExpired(f: Listener): void {
  expired.add(f)
}

const raw = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })

raw.use({
  onRequest({ request }) {
    if (idle()) request.headers.set('X-Background', '1')
  },
  async onResponse({ response, request }) {
    if (response.ok) return
    if (response.status === 401 && !new URL(request.url).pathname.startsWith('/session')) expired.forEach((f) => f())
    throw failure(response.status, await response.clone().json().catch(() => undefined))
  },
  onError({ error }) {
    return error instanceof Failure ? error : failure(0, undefined)
  },
})

/** api speaks to the operations of the OpenAPI document; what is no success is thrown as a Failure. */
export const api = raw

/** got takes the body of an answer. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}

/** call sends a request to an operation beside the OpenAPI document: the session. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(idle() ? { 'X-Background': '1' } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw failure(0, undefined)
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as T
  if (response.status === 401 && !path.startsWith('/session')) expired.forEach((f) => f())
  throw failure(response.status, answer)
}

/** put sends bytes with progress from 0 to 1; fetch cannot tell how much was sent. */
export function put<T>(method: string, path: string, bytes: Blob, progress: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest()
    x.open(method, path)
    x.responseType = 'json'
    x.setRequestHeader('content-type', 'application/octet-stream')
    x.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total)
    x.onerror = () => reject(failure(0, undefined))
    x.onload = () => {
      if (x.status >= 200 && x.status < 300) return resolve(x.response as T)
      if (x.status === 401) expired.forEach((f) => f())
      return reject(failure(x.status, x.response))
    }
    x.send(bytes)
  })
}
