/** browser names a browser and a system from its long name. */
export function browser(agent: string): string {
  const name = (/(Edg|QQBrowser|MicroMessenger|Firefox|Chrome|Safari)\/([\d]+)/.exec(agent) ?? []) as string[]
  const system = /(Windows|Mac OS X|Android|iPhone|Linux)/.exec(agent)?.[1] ?? ''
  const names: Record<string, string> = { Edg: 'Edge', QQBrowser: 'QQ 浏览器', MicroMessenger: '微信' }
  return name[1] ? `${names[name[1]] ?? name[1]} ${name[2]}${system ? ` · ${system}` : ''}` : agent.slice(0, 60)
}
