// What service managers and daemons write when memory ran out.
//   svc.service: A process of this unit has been killed by the OOM killer.          systemd 244 and later
//   svc.service: Failed with result 'oom-kill'.                                     systemd 236 and later
//   svc.service: systemd-oomd killed 2 process(es) in this unit.                    systemd 249 and later
//   Killed /user.slice/a.scope due to memory pressure for /user.slice being 51.07% > 50.00% for > 20s …      systemd-oomd
//   sending SIGTERM to process 4242 uid 1000 "svc": badness 783, VmRSS 1234 MiB                              earlyoom
// Sources: systemd src/core/unit.c, src/core/service.c, src/oom/oomd-manager.c; earlyoom kill.c.
import type { OomUnitEvent } from '../../model/oom.ts';

type Told = Pick<OomUnitEvent, 'unit' | 'by' | 'text'>;

const mostChars = 400;

export function parseUnitEvent(text: string, speaker: string | undefined): Told | undefined {
  if (speaker === 'kernel') return undefined;
  const unit =
    /^(\S{1,256}\.(?:service|scope|slice|socket|mount)): (A process of this unit has been killed by the OOM killer\.|Failed with result 'oom-kill'\.|systemd-oomd killed \d+ process\(es\) in this unit\.)/.exec(
      text,
    );
  if (unit !== null)
    return { unit: unit[1]!, by: unit[2]!.startsWith('systemd-oomd') ? 'systemd-oomd' : 'kernel', text: unit[2]! };
  const daemon = /^Killed (\/\S{1,4096}) due to (.+)$/.exec(text);
  if (daemon !== null) return { unit: daemon[1]!, by: 'systemd-oomd', text: text.slice(0, mostChars) };
  const early = /^(?:sending SIG(?:TERM|KILL) to process \d+ (?:uid \d+ )?"([^"]{1,64})": badness \d+)/.exec(text);
  if (early !== null) return { unit: early[1]!, by: 'earlyoom', text: text.slice(0, mostChars) };
  return undefined;
}
