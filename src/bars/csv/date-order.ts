import { type DateOrder, TIME_FORMS, type TimeForm, WrittenTime } from '../timestamps';

const FORMS = TIME_FORMS.filter((form): form is TimeForm & { readonly order: DateOrder } => form.order !== undefined);

/** Different days that a reading must put in order before that tells more than chance. */
const TELLING_DAYS = 20;

/** Collects what dates such as 03/04/2024 show about the order of day and month: a day above 12, or that only one order makes time go on. */
export class DateOrderEvidence {
  readonly #readings = FORMS.map((form) => ({ form, possible: true, last: Number.NaN, up: 0, down: 0, example: '' }));
  readonly #written = new WrittenTime();
  #last = '';

  /** @param text - a date as it is written; those that need no order tell nothing */
  add(text: string): void {
    // minutes of one day repeat its date
    if (text === this.#last) return;
    this.#last = text;
    const fits = this.#readings.map(({ form }) => this.#written.read(text, form));
    if (!fits.includes(true)) return;
    this.#readings.forEach((reading, index) => {
      if (!fits[index]) {
        if (reading.possible) reading.example = text;
        reading.possible = false;
        return;
      }
      if (!reading.possible) return;
      this.#written.read(text, reading.form);
      const day = Math.floor(this.#written.local / 86_400_000);
      if (day > reading.last) reading.up++;
      if (day < reading.last) reading.down++;
      reading.last = day;
    });
  }

  /** Whether there are such dates at all. */
  get isNeeded(): boolean {
    return this.#readings.some(({ last }) => !Number.isNaN(last));
  }

  /** The order, if days decide it. */
  get settled(): DateOrder | undefined {
    const possible = this.#possible();
    return possible.length === 1 ? possible[0].form.order : undefined;
  }

  /** The order, if days decide it, or if only one order makes time run one way over twenty days and more. */
  get order(): DateOrder | undefined {
    const possible = this.#possible();
    const running = possible.filter(({ up, down }) => (up === 0 || down === 0) && up + down >= TELLING_DAYS);
    return this.settled ?? (running.length === 1 ? running[0].form.order : undefined);
  }

  /** Orders that are still possible; none if the dates contradict each other. */
  get orders(): readonly DateOrder[] {
    return this.#possible().map(({ form }) => form.order);
  }

  /** Dates that exclude an order each, for a message. */
  get examples(): readonly string[] {
    return this.#readings.map(({ example }) => example).filter((example) => example !== '');
  }

  #possible() {
    return this.#readings.filter(({ possible }) => possible);
  }
}
