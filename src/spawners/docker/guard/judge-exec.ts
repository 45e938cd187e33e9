import { ofOwn } from './judge-containers.ts'
import { strictObject } from './strict-json.ts'
import { pathOf } from './target.ts'
import { refused, sendJson, type Asked, type Judge, type Verdict } from './verdict.ts'

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

/** A program inside an own container, as its own user and without anything that the container does not have. */
export const exec: Judge = ofOwn(({ id }, { body }) => {
  const request = strictObject(body.toString('utf8')) ?? {}
  const { AttachStdout, AttachStderr, Cmd, ...rest } = request
  if (!isTexts(Cmd) || Cmd.length === 0 || Object.keys(rest).length > 0)
    return refused('a program is started with Cmd, AttachStdout and AttachStderr alone')
  return sendJson('POST', pathOf(['containers', id, 'exec']), {
    AttachStdout: AttachStdout === true,
    AttachStderr: AttachStderr === true,
    Cmd,
  })
})

/** The same for a program that was started: it has to be one of an own container. */
export const ofOwnExec =
  (judge: (id: string, asked: Asked) => Verdict): Judge =>
  async (asked, { lookUp }) => {
    const id = asked.parameters['id'] ?? ''
    const container = await lookUp.containerOfExec(id)
    if (container === null) return { kind: 'absent', message: `No such exec instance: ${id}` }
    const seen = await lookUp.container(container)
    return seen?.standing === 'own' ? judge(id, asked) : refused('the program is not one of its servers')
  }

/** Without a terminal, and not detached. */
export const startExec: Judge = ofOwnExec((id) => sendJson('POST', pathOf(['exec', id, 'start']), { Detach: false, Tty: false }))
