// What is known of the tasks on a page: the server's cards, and on top of them what one has done here that the server hasn't
// answered yet. What is shown is always the one folded over the other, so that taking an act back is forgetting it.

/** Bytewise, as the server sorts its keys. */
const before = (one, other) => (one.position < other.position ? -1 : one.position > other.position ? 1 : one.id < other.id ? -1 : Number(one.id > other.id));

export class Store extends EventTarget {
  /** The server's cards, by id. */
  #base = new Map();
  /** What is shown of them. */
  #seen = new Map();
  /** The acts that wait for an answer, in order, and by the tasks that they are about. */
  #acts = new Map();
  #actsOf = new Map();
  /** Tasks that are gone, and the version that they went with: an older word of them doesn't bring them back. */
  #gone = new Map();
  /** What was made here is shown although what comes before it isn't all here yet. */
  #kept = new Set();
  /** What was heard of while all is read again: it may be newer than that. */
  #heard = null;
  #shift = null;
  #turn = 0;

  /** In which columns each stands now. */
  #where = new Map();
  /** The keys that there are, of columns and of rows. */
  #keys = new Map();

  /**
   * With `lanes` a board has rows, and a column’s key is the row’s and the column’s with a bar between. `parts` says what becomes
   * of tasks that are parts of others: '' none is shown, 'nested' they stand where what they are a part of stands, '1' each stands
   * by itself. What is `closed` takes nothing in that wasn’t there.
   */
  constructor({ by, lanes = null, parts = '1', closed = false, columns, cards, statuses = [], today = '' }) {
    super();
    Object.assign(this, { by, lanes, parts, closed, statuses, today });
    for (const { key } of columns) {
      const [row, column] = lanes ? key.split('|') : [null, key];
      this.#keys.set(by, (this.#keys.get(by) ?? new Set()).add(column));
      if (lanes) this.#keys.set(lanes, (this.#keys.get(lanes) ?? new Set()).add(row));
    }
    this.columns = new Map(columns.map((column) => [column.key, { ...column, ids: [], more: true, end: '', unsure: false }]));
    for (const card of cards) this.#base.set(card.id, card);
    this.#refresh(cards.map((card) => card.id));
    for (const told of columns) {
      const column = this.columns.get(told.key);
      column.more = told.more ?? column.ids.length < column.count;
      column.end = told.end ?? this.card(column.ids.at(-1))?.position ?? '';
    }
  }

  /** A card as it is shown. */
  card(id) {
    return this.#seen.get(id);
  }

  /** A card as the server knows it. */
  known(id) {
    return this.#base.get(id);
  }

  /** The tasks of a column, in order, as far as they are known. */
  ids(key) {
    return this.columns.get(key)?.ids ?? [];
  }

  /** How many tasks a column has, with those that aren't here yet. */
  count(key) {
    this.#shift ??= this.#shifted();
    const column = this.columns.get(key);
    const here = this.parts === 'nested' ? column.ids.filter((id) => !this.#seen.get(id).parent).length : column.ids.length;
    return Math.max(column.count + (this.#shift.get(key) ?? 0), column.more ? 0 : here);
  }

  /** The columns that a card stands in: one, but for labels. */
  columnsOf(card) {
    if (card.parent && this.parts !== '1') {
      const parent = this.parts === 'nested' ? this.#seen.get(card.parent) ?? this.#base.get(card.parent) : null;
      return parent ? this.columnsOf(parent) : [];
    }
    const own = this.#keysOf(card, this.by);
    return this.lanes ? this.#keysOf(card, this.lanes).flatMap((row) => own.map((column) => `${row}|${column}`)) : own;
  }

  /** How many a card counts for: what is below another isn’t counted. */
  #counts(card) {
    return Boolean(card) && !(this.parts === 'nested' && card.parent);
  }

  #keysOf(card, by) {
    // A row that nobody is in isn’t there, and yet it is none of the others.
    const has = (key) => (key && (this.lanes || this.#keys.get(by)?.has(key)) ? key : 'none');
    switch (by) {
      case 'status': return [card.status];
      case 'section': return [has(card.section ?? '')];
      case 'responsible': case 'person': return [has(card.responsible ?? '')];
      case 'priority': return [String(card.priority)];
      case 'label': return card.labels.length ? card.labels : [has('')];
      case 'due': return [!card.due_day ? 'none' : card.due_day < this.today ? 'overdue' : card.due_day === this.today ? 'today' : 'upcoming'];
      case 'all': return ['all'];
      default: return [has(String(card.chosen?.[by.replace(/^field:/, '')] ?? ''))];
    }
  }

  /** Where a card stands, as the server calls it, seen in a column: also where that is the column of what has no column of its own here. */
  standing(card, by, key) {
    switch (by) {
      case 'status': return card.status;
      case 'section': return card.section ?? 'none';
      case 'responsible': case 'person': return card.responsible ?? 'none';
      case 'priority': return String(card.priority);
      case 'label': return key;
      default: return String(card.chosen?.[by.replace(/^field:/, '')] ?? 'none');
    }
  }

  /** What a card becomes by moving from one column to another. */
  inColumn(card, key, from = null) {
    if (!this.lanes) return this.#into(card, this.by, key, from);
    const [row, column] = key.split('|');
    const [fromRow, fromColumn] = from?.split('|') ?? [];
    return { ...this.#into(card, this.by, column, fromColumn), ...this.#into(card, this.lanes, row, fromRow) };
  }

  #into(card, by, key, from = null) {
    const value = key === 'none' || key === '' ? null : key;
    switch (by) {
      case 'status': return { status: key, done: this.statuses.find((status) => status.id === key)?.kind === 'done' };
      case 'section': return { section: value };
      case 'responsible': case 'person': return { responsible: value };
      case 'priority': return { priority: Number(key) };
      case 'label': return { labels: [...new Set([...card.labels.filter((label) => label !== from), ...(value ? [value] : [])])] };
      case 'due': return key === 'today' ? { due_day: this.today } : {};
      case 'all': return {};
      default: return { chosen: { ...card.chosen, [by.replace(/^field:/, '')]: value } };
    }
  }

  // ---------------------------------------------------------------------------------------------- from the server

  /** Takes in what the server says. An older version never overwrites a newer one. */
  merge(cards, gone = []) {
    const changed = [];
    for (const id of [...cards.map((card) => card.id), ...gone]) this.#heard?.add(id);
    for (const card of cards) {
      const old = this.#base.get(card.id);
      if (old ? card.version < old.version : card.version <= (this.#gone.get(card.id) ?? -1)) continue;
      if (this.closed && !old) continue;
      this.#gone.delete(card.id);
      this.#counted(old, card);
      this.#base.set(card.id, card);
      changed.push(card.id);
    }
    for (const id of gone) {
      const old = this.#base.get(id);
      if (old) this.#gone.set(id, old.version);
      this.#counted(old, null);
      this.#base.delete(id);
      changed.push(id);
    }
    this.#refresh(changed);
  }

  /** Takes in the next cards of a column. */
  page(key, { cards, more, count, end }) {
    const column = this.columns.get(key);
    for (const card of cards) {
      this.#heard?.add(card.id);
      const old = this.#base.get(card.id);
      if (old ? card.version >= old.version : card.version > (this.#gone.get(card.id) ?? -1)) this.#base.set(card.id, card);
    }
    column.more = more;
    column.end = (end || cards.at(-1)?.position) ?? column.end;
    this.counted(key, count);
    const ids = cards.map((card) => card.id);
    // What came live and lay further down is in reach now.
    if (!more) for (const card of this.#base.values()) if (this.columnsOf(card).includes(key)) ids.push(card.id);
    this.#refresh(ids);
  }

  /** All that is shown is about to be read again. */
  renewing() {
    this.#heard = new Set();
  }

  /** How many tasks of a column are to be read to show as many as now. */
  depth(key) {
    return this.parts === 'nested' ? this.ids(key).filter((id) => !this.#seen.get(id).parent).length : this.ids(key).length;
  }

  /**
   * Takes in columns that were read again, as `page` takes the next cards of one. What is in none of them is forgotten: where it went
   * further down, or to a column that nobody has looked at, it comes with its page.
   */
  renew(pages) {
    const there = new Set();
    const changed = new Set(this.#base.keys());
    for (const { cards } of pages.values()) {
      for (const card of cards) {
        there.add(card.id);
        const old = this.#base.get(card.id);
        if (old ? card.version < old.version : card.version <= (this.#gone.get(card.id) ?? -1)) continue;
        this.#gone.delete(card.id);
        this.#base.set(card.id, card);
        changed.add(card.id);
      }
    }
    for (const [id, card] of this.#base) {
      if (there.has(id) || this.#heard?.has(id) || this.isWaiting(id)) continue;
      this.#base.delete(id);
      this.#kept.delete(id);
      // It may come again as it was, but no older.
      this.#gone.set(id, card.version - 1);
    }
    const moved = Boolean(this.#heard?.size);
    for (const [key, column] of this.columns) {
      const page = pages.get(key);
      if (page) Object.assign(column, { more: page.more, count: page.count, end: page.end, unsure: moved });
      else column.unsure ||= column.more;
    }
    this.#heard = null;
    this.#refresh(changed);
  }

  /** Takes in how many a column has. */
  counted(key, count) {
    const column = this.columns.get(key);
    if (typeof count === 'number') column.count = count;
    column.unsure = false;
    this.#told([]);
  }

  #counted(old, card) {
    const was = this.#counts(old) ? this.columnsOf(old) : [];
    const is = this.#counts(card) ? this.columnsOf(card) : [];
    for (const key of was) if (!is.includes(key) && this.columns.has(key)) this.columns.get(key).count -= 1;
    for (const key of is) {
      if (was.includes(key) || !this.columns.has(key)) continue;
      this.columns.get(key).count += 1;
    }
    // Where it came from, or whether it was counted already, can't be known of a card that wasn't here.
    if (!old) for (const column of this.columns.values()) if (column.more) column.unsure = true;
  }

  // ------------------------------------------------------------------------------------------------ one's own acts

  /**
   * Shows an act before the server has answered: `{key, ids, change}`, where `change` is one of
   * `{fields}`, `{add, remove}` (labels), `{column, from, after}`, `{done}`, `{card}` and `{gone: true}`.
   */
  act(act) {
    this.#turn += 1;
    this.#acts.set(act.key, { ...act, turn: this.#turn });
    for (const id of act.ids) this.#actsOf.set(id, [...(this.#actsOf.get(id) ?? []), act.key]);
    this.#refresh(act.ids);
  }

  /** Takes in the answer to an act, which is no longer on top of the cards then; without cards it is taken back. */
  settle(key, cards = [], gone = []) {
    const act = this.#acts.get(key);
    if (act) {
      this.#acts.delete(key);
      for (const id of act.ids) {
        const rest = this.#actsOf.get(id).filter((one) => one !== key);
        if (rest.length) this.#actsOf.set(id, rest);
        else this.#actsOf.delete(id);
      }
    }
    this.merge(cards, gone);
    if (act) this.#refresh(act.ids);
  }

  /** A task that was made here has its real id now. */
  rename(from, to) {
    this.#kept.add(to);
    for (const act of this.#acts.values()) {
      if (act.ids.includes(from)) act.ids = act.ids.map((id) => (id === from ? to : id));
      if (act.change.after === from) act.change = { ...act.change, after: to };
    }
    if (this.#actsOf.has(from)) {
      this.#actsOf.set(to, this.#actsOf.get(from));
      this.#actsOf.delete(from);
    }
    this.#refresh([from, to]);
  }

  /** Whether acts on a task wait for their answer. */
  isWaiting(id) {
    return this.#actsOf.has(id);
  }

  #folded(id) {
    let card = this.#base.get(id);
    for (const key of this.#actsOf.get(id) ?? []) card = this.#changed(card, this.#acts.get(key));
    return card;
  }

  #changed(card, { change, turn, ids }) {
    if (change.card) return { ...change.card, position: this.#placed(change, turn, card) };
    if (!card || change.gone) return undefined;
    if (change.fields) return { ...card, ...change.fields };
    if (change.add || change.remove) return { ...card, labels: [...new Set([...card.labels, ...(change.add ?? [])])].filter((label) => !change.remove?.includes(label)) };
    if ('done' in change) {
      const status = this.statuses.find((one) => (one.kind === 'done') === change.done);
      return { ...card, done: change.done, ...(status ? { status: status.id } : {}) };
    }
    if ('column' in change) return { ...card, ...this.inColumn(card, change.column, change.from), position: this.#placed(change, turn, card, ids) };
    return card;
  }

  /** A place right after another card, until the server has picked a key: below every key that could follow it. */
  #placed({ after }, turn, card) {
    if (after === undefined) return `\uffff${String.fromCharCode(turn % 0xfff0)}`;
    const other = after === null ? { position: '' } : this.#seen.get(after);
    if (!other) return card?.position ?? '\uffff';
    // Of two right after the same, the later act comes first.
    return `${other.position}\u0000${String.fromCharCode(0xfff0 - (turn % 0xfff0))}`;
  }

  // ------------------------------------------------------------------------------------------------------- order

  #refresh(ids) {
    const todo = [...ids];
    const done = new Set();
    for (let at = 0; at < todo.length; at += 1) {
      const id = todo[at];
      if (done.has(id)) continue;
      done.add(id);
      const old = this.#seen.get(id);
      const card = this.#folded(id);
      const was = this.#where.get(id) ?? [];
      for (const key of was) this.#out(key, id);
      const is = card ? this.columnsOf(card) : [];
      if (card) {
        this.#seen.set(id, card);
        this.#where.set(id, is);
        for (const key of is) this.#in(key, card);
      } else {
        this.#seen.delete(id);
        this.#where.delete(id);
      }
      // What is below it stands where it does.
      if (this.parts === 'nested' && was.join() !== is.join()) {
        for (const part of this.#base.values()) {
          if (part.parent !== id) continue;
          done.delete(part.id);
          todo.push(part.id);
        }
      }
      // Whoever was put right after it goes along.
      if (old?.position !== card?.position) for (const act of this.#acts.values()) if (act.change.after === id) todo.push(...act.ids);
    }
    this.#told([...done]);
  }

  #out(key, id) {
    const ids = this.columns.get(key)?.ids;
    const at = ids?.indexOf(id) ?? -1;
    if (at >= 0) ids.splice(at, 1);
  }

  #in(key, card) {
    const column = this.columns.get(key);
    // What lies further down than one has read so far comes with its page.
    const isBelow = this.parts === 'nested' && card.parent;
    if (!column || (column.more && column.end && card.position > column.end && !isBelow && !this.isWaiting(card.id) && !this.#kept.has(card.id))) return;
    const { ids } = column;
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.#seen.get(ids[middle]), card) < 0) low = middle + 1;
      else high = middle;
    }
    if (ids[low] !== card.id) ids.splice(low, 0, card.id);
  }

  #shifted() {
    const shift = new Map();
    const add = (card, by) => {
      if (this.#counts(card)) for (const key of this.columnsOf(card)) shift.set(key, (shift.get(key) ?? 0) + by);
    };
    for (const id of this.#actsOf.keys()) {
      add(this.#base.get(id), -1);
      add(this.#seen.get(id), 1);
    }
    return shift;
  }

  #told(ids) {
    this.#shift = null;
    this.dispatchEvent(new CustomEvent('change', { detail: ids }));
  }
}
