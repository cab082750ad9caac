const kinds: Record<string, string> = { officer: '人员', token: '令牌', system: '系统', operator: '命令行' }

/** actorName writes who did something, as the records name it: officer:12 becomes 人员 12. */
export function actorName(actor: string): string {
  const [kind = '', id = ''] = actor.split(/:(.*)/s)
  return kinds[kind] ? `${kinds[kind]} ${id}` : actor
}
