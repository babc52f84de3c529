/** Text of others without the values of secrets in it: pure. */

const LONGEST = 400;

/** Values of secrets do not belong in a status: SCDF's messages quote properties and addresses. */
export function masked(text: string): string {
  return text
    .replace(/\/\/[^/\s:@]*:[^/\s@]*@/g, '//******@')
    .replace(/\bBearer\s+[^\s"',;]+/gi, 'Bearer ******')
    .replace(
      /((?:username|password|passwd|secret|token|credentials|key|jaas\.config)["']?\s*(?:->|=|:)\s*["']?)[^\s"',;\]}]+/gi,
      '$1******',
    )
    .slice(0, LONGEST);
}
