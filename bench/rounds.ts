/** Plays a load in rounds: reference, peer, reference, next peer, reference, the peers in another order each time. */
import { loadavg } from 'node:os';
import type { Figures } from './figures.ts';
import type { Bench, Contestant, Load, Play } from './loads/load.ts';
import type { Spin } from './machine/spin.ts';
import { emptyAuditFiles } from './peers/hubgate.ts';
import type { Proof } from './proof.ts';
import type { LoadResult, Run } from './results.ts';
import { type Seated, seated } from './seating.ts';
import { type Played, resultOf } from './tally.ts';

/** What the rounds are played with. */
export type Stage = {
  readonly bench: Bench;
  readonly spin: Spin;
  readonly say: (line: string) => void;
  /** Says a line unless it was said before. */
  readonly sayOnce: (line: string) => void;
};

/** Plays the load to its end; a contestant that fails is out of it, and its failure is in the result. */
export async function playLoad(load: Load, stage: Stage): Promise<LoadResult> {
  const play = await load.prepare(stage.bench);
  const game = new Game(load, play, stage);
  try {
    await game.play();
  } finally {
    await game.end();
  }
  return resultOf(load, game.played());
}

class Game {
  readonly #load: Load;
  readonly #play: Play;
  readonly #stage: Stage;
  readonly #kept = new Map<string, Seated>();
  readonly #failures = new Map<string, string>();
  readonly #runs: Run[] = [];
  readonly #proofs: LoadResult['proofs'] = {};

  constructor(load: Load, play: Play, stage: Stage) {
    this.#load = load;
    this.#play = play;
    this.#stage = stage;
  }

  async play(): Promise<void> {
    if (!this.#play.fresh) await this.#keepAll();
    for (let round = 1; round <= this.#stage.bench.scale.rounds; round += 1) await this.#round(round);
  }

  async end(): Promise<void> {
    await this.#play.close?.();
    await Promise.all([...this.#kept.values()].map(kept => kept.stop()));
  }

  played(): Played {
    return {
      contestants: this.#play.contestants,
      runs: this.#runs,
      proofs: this.#proofs,
      failures: [...this.#failures].map(([contestant, failure]) => `${contestant}: ${failure}`),
    };
  }

  #reference(): Contestant {
    const [reference] = this.#play.contestants;
    if (reference === undefined) throw new Error(`${this.#load.name} has no reference`);
    return reference;
  }

  async #round(round: number): Promise<void> {
    const reference = this.#reference();
    const others = shuffled(this.#play.contestants.slice(1));
    await this.#run(reference, round);
    for (const contestant of others) {
      await this.#run(contestant, round);
      if (this.#stage.bench.scale.referenceBetween || contestant === others.at(-1)) await this.#run(reference, round);
    }
  }

  async #run(contestant: Contestant, round: number): Promise<void> {
    await this.#guarded(contestant, async () => {
      const spinMs = await this.#stage.spin.run();
      const figures = this.#play.fresh
        ? await this.#freshly(contestant)
        : await this.#measured(this.#running(contestant), contestant);
      const loadAverage = loadavg()[0] ?? 0;
      this.#runs.push({ contestant: contestant.name, round, figures, spinMs, loadAverage });
      const shown = Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
      this.#stage.say(
        `  ${this.#load.name} ${round}: ${contestant.name.padEnd(16)} ${shown.join(', ')} (spin ${spinMs} ms, load ${loadAverage.toFixed(1)})`,
      );
    });
  }

  async #freshly(contestant: Contestant): Promise<Figures> {
    const fresh = await this.#seat(contestant);
    try {
      await this.#play.warmUp(fresh, contestant);
      return await this.#measured(fresh, contestant);
    } finally {
      await fresh.stop();
    }
  }

  async #measured(at: Seated, contestant: Contestant): Promise<Figures> {
    const figures = await this.#play.measure(at, contestant);
    emptyAuditFiles([at.seat]);
    return figures;
  }

  /** They may start side by side, but each is warmed up alone. */
  async #keepAll(): Promise<void> {
    const { contestants, warmUp } = this.#play;
    await Promise.all(
      contestants.map(contestant =>
        this.#guarded(contestant, async () => {
          this.#kept.set(contestant.name, await this.#seat(contestant));
        }),
      ),
    );
    for (const contestant of contestants) {
      await this.#guarded(contestant, () => warmUp(this.#running(contestant), contestant));
    }
  }

  #running({ name }: Contestant): Seated {
    const kept = this.#kept.get(name);
    if (kept === undefined) throw new Error('does not run');
    return kept;
  }

  async #seat(contestant: Contestant): Promise<Seated> {
    const at = await seated(this.#stage.bench.lab, contestant.peer, this.#play.seating);
    this.#proofs[contestant.name] = at.proofs;
    if (at.proofs.length > 0)
      this.#stage.sayOnce(`  proven: ${contestant.name}: ${at.proofs.map(shownProof).join('; ')}`);
    return at;
  }

  /** The first failure of a contestant is its last; without the reference there is nothing to compare to. */
  async #guarded(contestant: Contestant, act: () => Promise<void>): Promise<void> {
    if (this.#failures.has(contestant.name) || this.#failures.has(this.#reference().name)) return;
    try {
      await act();
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      this.#failures.set(contestant.name, failure);
      this.#stage.say(`  ${this.#load.name}: ${contestant.name} FAILED: ${failure}`);
    }
  }
}

function shownProof({ what, seen }: Proof): string {
  return `${what} (${seen})`;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map(item => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
