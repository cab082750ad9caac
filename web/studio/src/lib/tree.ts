import type { Column } from '@/api/schema'

export interface Node { column: Column; level: number; children: Node[]; path: Column[] }

/** forest makes trees of columns, in their order; retired ones are left out unless kept. */
export function forest(columns: Column[], keep: (c: Column) => boolean = (c) => !c.retired): Node[] {
  const under = new Map<string, Column[]>()
  for (const c of columns) if (keep(c)) under.set(c.parent ?? '', [...(under.get(c.parent ?? '') ?? []), c])
  const grow = (parent: string, path: Column[]): Node[] =>
    (under.get(parent) ?? []).sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name, 'zh-CN'))
      .map((column) => ({ column, level: path.length, path: [...path, column], children: grow(column.id, [...path, column]) }))
  return grow('', [])
}

/** flat lists the nodes of trees from top to bottom; open tells which show their children. */
export function flat(nodes: Node[], open: (n: Node) => boolean = () => true): Node[] {
  return nodes.flatMap((n) => [n, ...(open(n) ? flat(n.children, open) : [])])
}

/** trail writes where a column lies: 政务公开 › 政策文件. */
export const trail = (n: Node): string => n.path.map((c) => c.name).join(' › ')

/** holds tells whether items can be put into a column. */
export const holds = (c: Column): boolean => !c.retired && (c.kind === 'list' || c.kind === 'page' || c.kind === 'disclosure')
