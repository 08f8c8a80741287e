/** Puts values where a text says `{name}`; an unknown name stays visible rather than vanish. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => values[name] ?? mark);
}
