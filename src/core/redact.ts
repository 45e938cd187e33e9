const named = /((?:token|secret|password|authorization|api[_-]?key)["']?\s*[=:]\s*["']?(?:token |bearer )?)([^\s"'&,;]{6,})/gi

/** Hides secrets in lines of a log: the given ones wherever they stand, and what follows `token=`, `password:` and the like. */
export function redact(lines: readonly string[], secrets: readonly string[]): readonly string[] {
  const known = secrets.filter((secret) => secret.length >= 6)
  return lines.map((line) => {
    const bare = known.reduce((text, secret) => text.replaceAll(secret, '[hidden]'), line)
    return bare.replace(named, '$1[hidden]')
  })
}
