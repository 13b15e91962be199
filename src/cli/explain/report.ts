/** A journey as a report: stage by stage, the refusal with the rule that fired, the bytes for the hub. */

import type { Config } from '../../config/config.ts';
import { streamFraming } from '../../doors/request-body.ts';
import type { Injection } from '../../gate/policy.ts';
import { type ReasonId, type Refusal, reasons } from '../../gate/reasons.ts';
import type { BodyFraming, OutboundRequest } from '../../gate/stages.ts';
import type { FieldLine } from '../../http/field.ts';
import { visibleText } from '../../http/visible-text.ts';
import { isChunked, wireLines, writeOutboundHead } from '../../wire/upstream/outbound-head.ts';
import { tokenEntryOf } from './facts/shown-token.ts';
import type { Fact, RulePlace, Told } from './facts/told.ts';
import { factsOf, hubFact } from './facts.ts';
import { firedKey } from './fired-rule.ts';
import { stages } from './journey.ts';
import { type SecretFields, shownHead } from './masked.ts';
import { type Instead, type Turned, turnedOf } from './turned.ts';

/** How far a stage came. */
export type StageOutcome = 'passed' | 'refused' | 'not reached';

/** One stage of the journey. */
export interface StageReport {
  readonly stage: string;
  readonly outcome: StageOutcome;
  readonly facts: readonly Fact[];
}

/** Why the request is refused. */
export interface RefusalReport {
  readonly reason: ReasonId;
  readonly status: number;
  readonly detail: string;
  readonly rule: RulePlace | null;
  readonly help: string;
  /** What the client gets in its place; null: nothing. */
  readonly instead: Instead | null;
}

/** What the hub gets. */
export interface HubReport {
  readonly bytes: number;
  /** Printable lines, each ending in `\r\n` as text. */
  readonly head: readonly string[];
  readonly body: OutboundRequest['body'];
}

/** The whole of it. */
export interface Report {
  /** `answered`: by the gate itself. */
  readonly outcome: 'forwarded' | 'answered' | 'refused';
  readonly stages: readonly StageReport[];
  readonly refusal: RefusalReport | null;
  readonly hub: HubReport | null;
}

function refusalReport({ refusal, instead }: Turned, rule: RulePlace | null): RefusalReport {
  const { reason, detail, inAudit } = refusal;
  const { status, help } = reasons[reason];
  return { reason, status, detail: inAudit ?? detail, rule, help, instead };
}

const notReached = (stage: string): StageReport => ({ stage, outcome: 'not reached', facts: [] });

/** What the wire refuses never becomes a request. */
export function refusedByWire(refusal: Refusal): Report {
  return {
    outcome: 'refused',
    stages: [{ stage: 'accept', outcome: 'refused', facts: [] }, ...stages.map(notReached), notReached('forward')],
    refusal: refusalReport({ refusal, instead: null }, null),
    hub: null,
  };
}

/** The framing that the door adds; what is measured has its inbound length, or one that is known in the end. */
function framingLines(plan: OutboundRequest['body'], framing: BodyFraming): readonly FieldLine[] {
  return plan === 'none' || (plan === 'measure' && framing.kind === 'length' && framing.bytes === 0)
    ? []
    : streamFraming(framing);
}

function secretFields(injections: readonly Injection[], { inject }: Config): SecretFields {
  const names = new Map(
    injections.flatMap(({ header, said }) => (said === undefined ? [] : [[header, said] as const])),
  );
  const secretMount = injections.find(({ said }) => said === 'inject.mount.headerFile');
  const kept = inject.data.filter(({ from }) => from.kind === 'file' || from.kind === 'url');
  const values = kept.map(({ header }) => header);
  return { mount: secretMount?.header ?? inject.mount?.header ?? null, names, values };
}

function hubReport({ journey, config }: Told, framing: BodyFraming, showSecrets: boolean): HubReport | null {
  if (journey.settled.kind !== 'forward') return null;
  const { request } = journey.settled;
  const { method, target, protocol, body } = request;
  const fields = [...request.fields, ...framingLines(body, framing)];
  const chunked = isChunked({ body: body === 'stream' ? 'stream' : null, fields });
  const head = writeOutboundHead({ method, target, fields }, wireLines(protocol, chunked));
  if (!head.ok) throw new Error(`the wire does not write this head: ${head.fault}`);
  const shown = shownHead(head.text, secretFields(journey.policy.injections, config), showSecrets);
  return { bytes: head.text.length, head: shown, body };
}

const outcomes = { forward: 'forwarded', answer: 'answered', refuse: 'refused' } as const;

/** Puts it together; `framing` is that of the inbound body. */
export function reportOf(told: Told, framing: BodyFraming, showSecrets: boolean): Report {
  const { settled, passage } = told.journey;
  const { stopped, answered } = passage;
  const end = answered === undefined ? stages.length : stages.indexOf('authenticate') + 1;
  const at = stopped === undefined ? end : stages.indexOf(stopped.stage);
  const reports = stages.map((stage, index): StageReport => {
    if (index > at) return notReached(stage);
    if (index === at && stopped === undefined) return notReached(stage);
    return { stage, outcome: index === at ? 'refused' : 'passed', facts: factsOf(stage, told) };
  });
  const refused = turnedOf(told);
  const key = refused === null ? null : firedKey(refused.refusal, told.config, tokenEntryOf(told));
  const forward: StageReport =
    settled.kind === 'forward'
      ? { stage: 'forward', outcome: 'passed', facts: [hubFact(told)] }
      : notReached('forward');
  return {
    outcome: outcomes[settled.kind],
    stages: [...reports, forward],
    refusal: refused === null ? null : refusalReport(refused, key === null ? null : told.placeOf(key)),
    hub: hubReport(told, framing, showSecrets),
  };
}

const nameWidth = 26;
const stageWidth = 14;

/** A place in the config, as it is said. */
export function ruleText({ key, at }: RulePlace): string {
  return at === null ? `${key}, by default` : `${key}, ${at}`;
}

/** On one line: what a request says must not look like a line of the report's own. */
const inline = (text: string): string => visibleText(text, Number.POSITIVE_INFINITY);

function factLine({ name, value, rule }: Fact): string {
  const text = `    ${name.padEnd(nameWidth)}  ${inline(value)}`;
  return rule === undefined ? text : `${text}  [${ruleText(rule)}]`;
}

function stageLines({ stage, outcome, facts }: StageReport): string[] {
  const shown = outcome === 'refused' ? 'REFUSED' : outcome;
  return [`${stage.padEnd(stageWidth)}${shown}`, ...facts.map(factLine)];
}

function clientLine({ reason, status, instead }: RefusalReport): string {
  if (instead === null) return `The client gets ${status} ${reason}.`;
  const where = instead.location === null ? '' : ` to ${inline(instead.location)}`;
  return `The client gets ${instead.status}${where}, in place of ${status} ${reason}.`;
}

function refusalLines(report: RefusalReport): string[] {
  const { detail, rule, help } = report;
  return [
    '',
    clientLine(report),
    ...(detail === '' ? [] : [`Why: ${inline(detail)}`]),
    ...(rule === null ? [] : [`Rule: ${ruleText(rule)}`]),
    `To fix: ${help}`,
  ];
}

const bodies: Readonly<Record<OutboundRequest['body'], string>> = {
  none: 'No body follows.',
  stream: 'The body follows as it comes.',
  measure: 'The body is read first, and goes up with its exact Content-Length.',
};

function hubLines({ bytes, head, body }: HubReport): string[] {
  return ['', `To the hub, ${bytes} bytes:`, '', ...head, '', bodies[body]];
}

/** For people. */
export function reportText({ outcome, stages: told, refusal, hub }: Report): string {
  const lines = [
    ...told.flatMap(stageLines),
    ...(outcome === 'answered' ? ['', 'The gate answers itself; nothing goes to the hub.'] : []),
    ...(refusal === null ? [] : refusalLines(refusal)),
    ...(hub === null ? [] : hubLines(hub)),
  ];
  return `${lines.join('\n')}\n`;
}
