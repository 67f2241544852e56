//! Checks one SQL statement against the rules of the org scope: every tenant table held to `$1` in the query level
//! that names it, inserts that give it, conflict targets that include it, placeholders that match the arguments, and
//! no clock or chance but what is bound.
//!
//! It fails closed: a statement, clause or expression that it doesn't know is a problem, not a pass.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use sqlparser::{
    ast::{
        AccessExpr, Assignment, AssignmentTarget, BinaryOperator, ConflictTarget, Delete, Distinct, Expr, FromTable,
        Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, GroupByExpr, Ident, Insert,
        JoinConstraint, JoinOperator, LimitClause, NamedWindowExpr, ObjectName, ObjectNamePart, OnConflictAction,
        OnInsert, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, Statement, Subscript, TableAlias,
        TableFactor, TableObject, TableWithJoins, Update, UpdateTableFromKind, Value, WindowFrameBound, WindowSpec,
        WindowType,
    },
    dialect::{Dialect as SqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
    tokenizer::{Token, Tokenizer, Word},
};
use walkdir::WalkDir;

/// What a statement is allowed to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `sql!`: `$1` is the organisation, and every tenant table is held to it.
    Org,
    /// `platform_sql!`: no organisation, and no tenant tables.
    Platform,
    /// `platform_sql!` that a list allows to read across organisations: the hygiene only.
    CrossOrg,
}

/// Which grammar a statement is read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The one for the common text, and for the `postgres:` half of a pair.
    Postgres,
    /// The `sqlite:` half of a pair.
    Sqlite,
}

/// Every table of the migrations, with the column that says whose a row is, if it has one.
#[derive(Debug, Default)]
pub struct Tables {
    scopes: BTreeMap<String, Option<String>>,
}

/// The problems of one statement of the common text, which `args` arguments are given to; empty when it is good.
pub fn check(kind: Kind, sql: &str, args: usize, tables: &Tables) -> Vec<String> {
    check_in(Dialect::Postgres, kind, sql, args, tables)
}

/// [`check`], for one half of a dialect pair.
pub fn check_in(dialect: Dialect, kind: Kind, sql: &str, args: usize, tables: &Tables) -> Vec<String> {
    match read(dialect, kind, sql, tables) {
        Ok((mut guard, tokens)) => {
            guard.clock_and_chance(&tokens);
            guard.placeholders(&tokens, args);
            guard.nothing_overlooked(&tokens);
            guard.problems
        }
        Err(problem) => vec![problem],
    }
}

/// Does a statement name a tenant table anywhere?
pub fn touches_tenants(dialect: Dialect, sql: &str, tables: &Tables) -> bool {
    read(dialect, Kind::CrossOrg, sql, tables).is_ok_and(|(guard, _)| guard.touches_tenant)
}

fn read<'t>(dialect: Dialect, kind: Kind, sql: &str, tables: &'t Tables) -> Result<(Guard<'t>, Vec<Token>), String> {
    let tokens = tokenize(dialect, sql).map_err(|error| format!("can't be read: {error}"))?;
    let mut guard = Guard::new(kind, tables);
    let parser = dialect.parser();
    match Parser::new(&*parser).with_tokens(simplify_conflict_targets(&tokens)).parse_statements().as_deref() {
        Ok([statement]) => guard.statement(statement),
        Ok(several) => guard.problem(format!("one statement in each literal, not {}", several.len())),
        Err(error) => guard.problem(format!("can't be parsed: {error}")),
    }
    Ok((guard, tokens))
}

impl Tables {
    /// Reads `**/sqlite/*.sql` and `**/postgres/*.sql`. A table that is a tenant's in one database is one in both.
    pub fn from_migrations(folder: &Path) -> Self {
        let mut tables = Self::default();
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let texts = migration_files(folder, dialect)
                .into_iter()
                .map(|path| fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            tables.add(dialect, texts);
        }
        tables
    }

    /// Reads these texts, in this order.
    pub fn from_sql(dialect: Dialect, texts: &[&str]) -> Self {
        let mut tables = Self::default();
        tables.add(dialect, texts.iter().copied());
        tables
    }

    /// All names, for those who look for tables elsewhere.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.scopes.keys().map(String::as_str)
    }

    /// The column that holds a row to its organisation; none for a platform table or one that doesn't exist.
    pub fn scope(&self, table: &str) -> Option<&str> {
        self.scopes.get(table)?.as_deref()
    }

    fn add(&mut self, dialect: Dialect, texts: impl Iterator<Item = impl AsRef<str>>) {
        let mut schema = Schema::new();
        for text in texts {
            let tokens = tokenize(dialect, text.as_ref()).expect("a migration that can't be tokenized");
            apply_migration(&tokens, &mut schema);
        }
        for (table, columns) in schema {
            let scope = if table == "organisations" {
                Some("id".to_owned())
            } else {
                columns.contains("org_id").then(|| "org_id".to_owned())
            };
            let known = self.scopes.entry(table).or_default();
            *known = known.take().or(scope);
        }
    }
}

impl Dialect {
    fn parser(self) -> Box<dyn SqlDialect> {
        match self {
            Self::Postgres => Box::new(PostgreSqlDialect {}),
            Self::Sqlite => Box::new(SQLiteDialect {}),
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// The walk over one statement.
struct Guard<'t> {
    kind: Kind,
    tables: &'t Tables,
    problems: Vec<String>,
    /// The query levels that the walk is inside of, the innermost last.
    levels: Vec<Level>,
    /// The names of the CTEs in sight.
    ctes: Vec<String>,
    /// How many SELECTs were walked, to compare with how many were written.
    selects: usize,
    touches_tenant: bool,
}

/// What one FROM (or UPDATE, or DELETE) names.
#[derive(Default)]
struct Level {
    tables: Vec<TableRef>,
}

struct TableRef {
    table: String,
    alias: String,
    scope: Option<String>,
    held: bool,
}

/// What was found while reading a FROM and is looked at once the whole level is known.
#[derive(Default)]
struct From<'q> {
    level: Level,
    /// A condition, and which of the level's tables it filters.
    conditions: Vec<(&'q Expr, Vec<usize>)>,
    /// Lateral queries and arguments of table functions, which see this level.
    lateral: Vec<&'q Query>,
    exprs: Vec<&'q Expr>,
}

/// One side of an equation.
#[derive(Clone, Copy)]
enum Side {
    Org,
    /// The scope column of a table: the level's index, the table's index in it.
    Scope(usize, usize),
}

/// Where an INSERT's source has to give the organisation.
#[derive(Clone, Copy)]
struct Given {
    position: usize,
    columns: usize,
}

impl<'t> Guard<'t> {
    fn new(kind: Kind, tables: &'t Tables) -> Self {
        Self {
            kind,
            tables,
            problems: Vec::new(),
            levels: Vec::new(),
            ctes: Vec::new(),
            selects: 0,
            touches_tenant: false,
        }
    }

    fn problem(&mut self, problem: impl Into<String>) {
        let problem = problem.into();
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn unless(&mut self, refused: bool, problem: &str) {
        if refused {
            self.problem(problem);
        }
    }

    // Statements

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => self.query(query, None),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            other => {
                let text = other.to_string();
                let verb = text.split_whitespace().next().unwrap_or_default();
                self.problem(format!("only SELECT, INSERT, UPDATE and DELETE, not {verb}"));
            }
        }
    }

    fn insert(&mut self, insert: &Insert) {
        self.unless(
            insert.or.is_some() || insert.replace_into,
            "INSERT OR …/REPLACE can delete another's row: use ON CONFLICT",
        );
        self.unless(
            insert.ignore
                || insert.overwrite
                || insert.partitioned.is_some()
                || !insert.assignments.is_empty()
                || !insert.after_columns.is_empty()
                || insert.output.is_some()
                || insert.insert_alias.is_some()
                || insert.multi_table_insert_type.is_some()
                || insert.settings.is_some()
                || insert.format_clause.is_some(),
            "INSERT has a clause that this check doesn't know",
        );
        let TableObject::TableName(name) = &insert.table else {
            return self.problem("INSERT into something that isn't a table");
        };
        let table = last_part(name);
        let alias = insert.table_alias.as_ref().map_or_else(|| table.clone(), |alias| lower(&alias.alias));
        let target = self.reference(table.clone(), alias);
        let scope = target.scope.clone();

        let columns: Vec<String> = insert.columns.iter().map(last_part).collect();
        self.unless(columns.is_empty(), "INSERT names its columns");
        let position = scope.as_ref().and_then(|scope| columns.iter().position(|column| column == scope));
        if let (Kind::Org, Some(scope), None) = (self.kind, &scope, position) {
            self.problem(format!("INSERT INTO {table} doesn't give {scope}"));
        }
        let given =
            position.filter(|_| self.kind == Kind::Org).map(|position| Given { position, columns: columns.len() });
        match &insert.source {
            Some(source) => self.query(source, given),
            None => self.unless(given.is_some(), "INSERT without VALUES or SELECT"),
        }

        // The row that conflicts is the organisation's own (its scope is in the target, checked below), and so is the
        // proposed one.
        let excluded = TableRef { table, alias: "excluded".to_owned(), scope: scope.clone(), held: true };
        self.levels.push(Level { tables: vec![TableRef { held: true, ..target }, excluded] });
        if let Some(on) = &insert.on {
            self.conflict(on, scope.as_deref());
        }
        self.items(insert.returning.as_deref().unwrap_or_default());
        self.levels.pop();
    }

    fn conflict(&mut self, on: &OnInsert, scope: Option<&str>) {
        let OnInsert::OnConflict(conflict) = on else {
            return self.problem("ON DUPLICATE KEY isn't in either database");
        };
        match (&conflict.conflict_target, &conflict.action, scope) {
            (Some(ConflictTarget::OnConstraint(_)), ..) => {
                self.problem(
                    "ON CONFLICT names its columns: SQLite has no ON CONSTRAINT, and this check can't see into one",
                );
            }
            (Some(ConflictTarget::Columns(columns)), _, Some(scope)) if self.kind == Kind::Org => {
                self.unless(
                    !columns.iter().any(|column| lower(column) == scope),
                    &format!("ON CONFLICT ({}) lacks {scope}: it can reach another organisation's row", list(columns)),
                );
            }
            (None, OnConflictAction::DoUpdate(_), _) => self.problem("ON CONFLICT DO UPDATE names its target"),
            _ => {}
        }
        if let OnConflictAction::DoUpdate(update) = &conflict.action {
            self.assignments(&update.assignments, scope);
            self.exprs(&update.selection);
        }
    }

    fn update(&mut self, update: &Update) {
        self.unless(update.or.is_some(), "UPDATE OR … can delete another's row");
        self.unless(
            update.output.is_some()
                || update.limit.is_some()
                || !update.order_by.is_empty()
                || !update.table.joins.is_empty(),
            "UPDATE has a clause that this check doesn't know",
        );
        self.unless(update.selection.is_none(), "UPDATE without WHERE");

        let mut from = From::default();
        let mut filtered = self.tree(&update.table, &mut from);
        let scope = from.level.tables.first().and_then(|target| target.scope.clone());
        if let Some(UpdateTableFromKind::BeforeSet(trees) | UpdateTableFromKind::AfterSet(trees)) = &update.from {
            for tree in trees {
                filtered.extend(self.tree(tree, &mut from));
            }
        }
        self.enter(from, filtered, update.selection.as_ref());
        self.assignments(&update.assignments, scope.as_deref());
        self.items(update.returning.as_deref().unwrap_or_default());
        self.levels.pop();
    }

    fn delete(&mut self, delete: &Delete) {
        self.unless(
            delete.output.is_some()
                || delete.limit.is_some()
                || !delete.order_by.is_empty()
                || !delete.tables.is_empty(),
            "DELETE has a clause that this check doesn't know",
        );
        self.unless(delete.selection.is_none(), "DELETE without WHERE");

        let mut from = From::default();
        let mut filtered = Vec::new();
        let (FromTable::WithFromKeyword(trees) | FromTable::WithoutKeyword(trees)) = &delete.from;
        for tree in trees.iter().chain(delete.using.iter().flatten()) {
            filtered.extend(self.tree(tree, &mut from));
        }
        self.enter(from, filtered, delete.selection.as_ref());
        self.items(delete.returning.as_deref().unwrap_or_default());
        self.levels.pop();
    }

    fn assignments(&mut self, assignments: &[Assignment], scope: Option<&str>) {
        for assignment in assignments {
            let targets = match &assignment.target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names,
            };
            if let Some(scope) = scope
                && targets.iter().any(|name| last_part(name) == scope)
            {
                self.problem(format!("SET {scope}: a row never changes its organisation"));
            }
            self.expr(&assignment.value);
        }
    }

    // Queries

    fn query(&mut self, query: &Query, given: Option<Given>) {
        self.unless(
            query.fetch.is_some()
                || query.for_clause.is_some()
                || query.settings.is_some()
                || query.format_clause.is_some()
                || !query.pipe_operators.is_empty(),
            "a query clause that this check doesn't know",
        );
        let outer_ctes = self.ctes.len();
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let name = lower(&cte.alias.name);
                // The databases don't agree on which of the two such a name means inside the CTE's own body.
                self.unless(self.tables.scopes.contains_key(&name), &format!("WITH {name}: that is a table's name"));
                if with.recursive {
                    self.ctes.push(name);
                    self.query(&cte.query, None);
                } else {
                    self.query(&cte.query, None);
                    self.ctes.push(name);
                }
            }
        }
        let tail = self.tail(query);
        self.set_expr(&query.body, &tail, given);
        self.ctes.truncate(outer_ctes);
    }

    /// ORDER BY and LIMIT: expressions that see the tables of the body.
    fn tail<'q>(&mut self, query: &'q Query) -> Vec<&'q Expr> {
        let mut tail = Vec::new();
        if let Some(order_by) = &query.order_by {
            match &order_by.kind {
                OrderByKind::Expressions(exprs) => tail.extend(exprs.iter().map(|order| &order.expr)),
                OrderByKind::All(_) => self.problem("ORDER BY ALL isn't in either database"),
            }
        }
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
                tail.extend(limit);
                tail.extend(offset.as_ref().map(|offset| &offset.value));
                tail.extend(limit_by);
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => tail.extend([offset, limit]),
            None => {}
        }
        tail
    }

    fn set_expr(&mut self, body: &SetExpr, tail: &[&Expr], given: Option<Given>) {
        match body {
            SetExpr::Select(select) => return self.select(select, tail, given),
            SetExpr::Query(query) => self.query(query, given),
            SetExpr::SetOperation { left, right, .. } => {
                self.set_expr(left, &[], given);
                self.set_expr(right, &[], given);
            }
            SetExpr::Values(values) => {
                for row in &values.rows {
                    if let Some(given) = given {
                        self.unless(
                            row.content.len() != given.columns,
                            "VALUES has another number of values than columns",
                        );
                        let is_org = row.content.get(given.position).is_some_and(is_org);
                        self.unless(!is_org, "VALUES gives something else than $1 as the organisation");
                    }
                    self.exprs(&row.content);
                }
            }
            SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement) => {
                self.unless(given.is_some(), "INSERT from something that isn't VALUES or SELECT");
                self.statement(statement);
            }
            SetExpr::Merge(_) | SetExpr::Table(_) => self.problem("only SELECT, INSERT, UPDATE and DELETE"),
        }
        self.exprs(tail.iter().copied());
    }

    fn select(&mut self, select: &Select, tail: &[&Expr], given: Option<Given>) {
        self.selects += 1;
        self.unless(select.into.is_some(), "SELECT INTO makes a table");
        self.unless(
            select.top.is_some()
                || select.exclude.is_some()
                || !select.lateral_views.is_empty()
                || select.prewhere.is_some()
                || !select.connect_by.is_empty()
                || !select.cluster_by.is_empty()
                || !select.distribute_by.is_empty()
                || !select.sort_by.is_empty()
                || select.qualify.is_some()
                || select.value_table_mode.is_some(),
            "a SELECT clause that this check doesn't know",
        );
        let mut from = From::default();
        let mut filtered = Vec::new();
        for tree in &select.from {
            filtered.extend(self.tree(tree, &mut from));
        }
        self.enter(from, filtered, select.selection.as_ref());
        if let Some(given) = given {
            self.given_by_select(select, given);
        }
        if let Some(Distinct::On(exprs)) = &select.distinct {
            self.exprs(exprs);
        }
        self.items(&select.projection);
        match &select.group_by {
            GroupByExpr::Expressions(exprs, modifiers) if modifiers.is_empty() => self.exprs(exprs),
            _ => self.problem("a GROUP BY that this check doesn't know"),
        }
        self.exprs(&select.having);
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(spec) = &window.1 {
                self.window(spec);
            }
        }
        self.exprs(tail.iter().copied());
        self.levels.pop();
    }

    fn given_by_select(&mut self, select: &Select, given: Given) {
        self.unless(select.projection.len() != given.columns, "SELECT has another number of values than columns");
        let expr = match select.projection.get(given.position) {
            Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => Some(expr),
            _ => None,
        };
        let is_org = expr.and_then(|expr| self.side(expr)).is_some_and(|side| self.is_held(side));
        self.unless(!is_org, "SELECT gives something else than $1 or a held table's scope as the organisation");
    }

    fn items(&mut self, items: &[SelectItem]) {
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => self.expr(expr),
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    self.problem("SELECT *: name the columns");
                }
                SelectItem::ExprWithAliases { .. } => self.problem("a column with several names"),
            }
        }
    }

    // FROM, and what holds its tables

    /// Reads one tree of joins. Gives the tables whose rows a filter on the whole tree removes: all but those on the
    /// outer side of a join, which only that join's own ON holds.
    fn tree<'q>(&mut self, tree: &'q TableWithJoins, from: &mut From<'q>) -> Vec<usize> {
        let mut filtered = self.factor(&tree.relation, from);
        for join in &tree.joins {
            let joined = self.factor(&join.relation, from);
            let constraint = match &join.join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::CrossJoin(on) => {
                    filtered.extend(joined);
                    if let JoinConstraint::On(on) = on {
                        from.conditions.push((on, filtered.clone()));
                    }
                    on
                }
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => {
                    if let JoinConstraint::On(on) = on {
                        from.conditions.push((on, joined));
                    }
                    on
                }
                // The preserved side of the others isn't filtered by its ON; they can be written as LEFT JOIN.
                other => {
                    self.problem(format!("a kind of join that this check doesn't know: {other:?}"));
                    continue;
                }
            };
            self.unless(matches!(constraint, JoinConstraint::Natural), "NATURAL JOIN: say what joins");
        }
        filtered
    }

    fn factor<'q>(&mut self, factor: &'q TableFactor, from: &mut From<'q>) -> Vec<usize> {
        match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let table = last_part(name);
                let alias_name = alias.as_ref().map_or_else(|| table.clone(), |alias| lower(&alias.name));
                let reference = if let Some(args) = args {
                    for arg in &args.args {
                        from.exprs.extend(argument(arg));
                    }
                    TableRef { table, alias: alias_name, scope: None, held: true }
                } else {
                    self.reference(table, alias_name)
                };
                self.unless(
                    reference.scope.is_some() && alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()),
                    "an alias that renames a tenant table's columns",
                );
                from.level.tables.push(reference);
                vec![from.level.tables.len() - 1]
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                if *lateral {
                    from.lateral.push(subquery);
                } else {
                    self.query(subquery, None);
                }
                vec![from.name(alias.as_ref())]
            }
            TableFactor::Function { args, alias, .. } => {
                for arg in args {
                    from.exprs.extend(argument(arg));
                }
                vec![from.name(alias.as_ref())]
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                from.exprs.extend(array_exprs);
                vec![from.name(alias.as_ref())]
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => self.tree(table_with_joins, from),
            other => {
                self.problem(format!("a table that this check doesn't know: {other}"));
                Vec::new()
            }
        }
    }

    /// Notes that a table is named, and whether it may be.
    fn reference(&mut self, table: String, alias: String) -> TableRef {
        let is_cte = self.ctes.contains(&table);
        let scope = self.tables.scope(&table).map(str::to_owned);
        if scope.is_some() {
            self.touches_tenant = true;
            self.unless(self.kind == Kind::Platform, &format!("touches the tenant table {table}: use sql!"));
        } else if !is_cte && !self.tables.scopes.contains_key(&table) {
            let is_system = ["pg_", "sqlite_", "pragma_", "_sqlx_"].iter().any(|prefix| table.starts_with(prefix));
            self.unless(!is_system || self.kind == Kind::Org, &format!("no migration creates the table {table}"));
        }
        TableRef { table, alias, held: scope.is_none(), scope }
    }

    /// Opens a level: works out which of its tables are held, then walks what its FROM and WHERE contain.
    fn enter<'q>(&mut self, from: From<'q>, filtered: Vec<usize>, selection: Option<&'q Expr>) {
        let From { level, mut conditions, lateral, exprs } = from;
        conditions.extend(selection.map(|selection| (selection, filtered)));
        self.levels.push(level);
        self.hold(&conditions);

        let level = self.levels.last().expect("the level that was just pushed");
        let unheld: Vec<String> = level
            .tables
            .iter()
            .filter(|_| self.kind == Kind::Org)
            .filter_map(|table| {
                let scope = table.scope.as_ref().filter(|_| !table.held)?;
                Some(format!(
                    "{} isn't held: no {}.{scope} = $1 joined by AND where it counts",
                    table.table, table.alias
                ))
            })
            .collect();
        self.problems.extend(unheld);

        for query in lateral {
            self.query(query, None);
        }
        self.exprs(exprs);
        self.exprs(conditions.iter().map(|(condition, _)| *condition));
    }

    /// Follows the equations from `$1` and from tables that are held, until nothing new is.
    fn hold(&mut self, conditions: &[(&Expr, Vec<usize>)]) {
        let here = self.levels.len() - 1;
        let mut equations = Vec::new();
        for (condition, filtered) in conditions {
            let mut pairs = Vec::new();
            conjuncts(condition, &mut pairs);
            for (left, right) in pairs {
                if let (Some(left), Some(right)) = (self.side(left), self.side(right)) {
                    equations.push((left, right, filtered));
                    equations.push((right, left, filtered));
                }
            }
        }
        loop {
            let next = equations.iter().find_map(|(target, source, filtered)| match *target {
                Side::Scope(level, table)
                    if level == here
                        && filtered.contains(&table)
                        && !self.levels[level].tables[table].held
                        && self.is_held(*source) =>
                {
                    Some(table)
                }
                _ => None,
            });
            let Some(table) = next else { break };
            self.levels[here].tables[table].held = true;
        }
    }

    fn is_held(&self, side: Side) -> bool {
        match side {
            Side::Org => true,
            Side::Scope(level, table) => self.levels[level].tables[table].held,
        }
    }

    /// Is this `$1`, or a tenant table's scope column?
    fn side(&self, expr: &Expr) -> Option<Side> {
        match expr {
            Expr::Nested(inner) => self.side(inner),
            Expr::Value(_) if is_org(expr) => Some(Side::Org),
            Expr::Identifier(column) => {
                let here = self.levels.len().checked_sub(1)?;
                let mut tenants =
                    self.levels[here].tables.iter().enumerate().filter(|(_, table)| table.scope.is_some());
                let (index, table) = tenants.next()?;
                (tenants.next().is_none() && table.scope == Some(lower(column))).then_some(Side::Scope(here, index))
            }
            Expr::CompoundIdentifier(parts) => {
                let [alias, column] = &**parts else { return None };
                let alias = lower(alias);
                let (level, index) = self.levels.iter().enumerate().rev().find_map(|(level, names)| {
                    Some((level, names.tables.iter().position(|table| table.alias == alias)?))
                })?;
                let table = &self.levels[level].tables[index];
                (table.scope == Some(lower(column))).then_some(Side::Scope(level, index))
            }
            _ => None,
        }
    }

    // Expressions

    fn exprs<'q>(&mut self, exprs: impl IntoIterator<Item = &'q Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::TypedString(_) => {}
            Expr::Value(value) => {
                if let Value::Placeholder(name) = &value.value {
                    self.unless(number(name).is_none(), &format!("{name} isn't a placeholder of the form $N"));
                }
            }
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::Nested(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::Ceil { expr: inner, .. }
            | Expr::Floor { expr: inner, .. }
            | Expr::Collate { expr: inner, .. } => self.expr(inner),
            Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right)
            | Expr::BinaryOp { left, right, .. }
            | Expr::AnyOp { left, right, .. }
            | Expr::AllOp { left, right, .. }
            | Expr::AtTimeZone { timestamp: left, time_zone: right }
            | Expr::Position { expr: left, r#in: right } => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Like { expr, pattern, escape_char, .. }
            | Expr::ILike { expr, pattern, escape_char, .. }
            | Expr::SimilarTo { expr, pattern, escape_char, .. } => {
                self.expr(expr);
                self.expr(pattern);
                self.exprs(escape_char.as_deref());
            }
            Expr::InList { expr, list, .. } => {
                self.expr(expr);
                self.exprs(list);
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expr(expr);
                self.query(subquery, None);
            }
            Expr::Between { expr, low, high, .. } => self.exprs([&**expr, low, high]),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.expr(expr);
                self.exprs(substring_from.as_deref().into_iter().chain(substring_for.as_deref()));
            }
            Expr::Trim { expr, trim_what, trim_characters, .. } => {
                self.expr(expr);
                self.exprs(trim_what.as_deref());
                self.exprs(trim_characters.iter().flatten());
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.exprs(operand.as_deref());
                self.exprs(conditions.iter().flat_map(|when| [&when.condition, &when.result]));
                self.exprs(else_result.as_deref());
            }
            Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => self.query(subquery, None),
            Expr::Tuple(exprs) => self.exprs(exprs),
            Expr::Array(array) => self.exprs(&array.elem),
            Expr::Interval(interval) => self.expr(&interval.value),
            Expr::Function(function) => self.function(function),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.expr(root);
                for access in access_chain {
                    match access {
                        AccessExpr::Dot(expr) | AccessExpr::Subscript(Subscript::Index { index: expr }) => {
                            self.expr(expr);
                        }
                        AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
                            self.exprs(lower_bound.iter().chain(upper_bound).chain(stride));
                        }
                    }
                }
            }
            other => self.problem(format!("an expression that this check doesn't know: {other}")),
        }
    }

    fn function(&mut self, function: &Function) {
        for arguments in [&function.parameters, &function.args] {
            match arguments {
                FunctionArguments::None => {}
                FunctionArguments::Subquery(query) => self.query(query, None),
                FunctionArguments::List(list) => {
                    for arg in &list.args {
                        self.exprs(argument(arg));
                    }
                    for clause in &list.clauses {
                        match clause {
                            FunctionArgumentClause::Where(expr) | FunctionArgumentClause::Limit(expr) => {
                                self.expr(expr);
                            }
                            FunctionArgumentClause::OrderBy(order) => self.order(order),
                            FunctionArgumentClause::Separator(_) => {}
                            other => self.problem(format!("an argument that this check doesn't know: {other}")),
                        }
                    }
                }
            }
        }
        self.order(&function.within_group);
        self.exprs(function.filter.as_deref());
        if let Some(WindowType::WindowSpec(spec)) = &function.over {
            self.window(spec);
        }
    }

    fn window(&mut self, spec: &WindowSpec) {
        self.exprs(&spec.partition_by);
        self.order(&spec.order_by);
        if let Some(frame) = &spec.window_frame {
            for bound in std::iter::once(&frame.start_bound).chain(&frame.end_bound) {
                if let WindowFrameBound::Preceding(expr) | WindowFrameBound::Following(expr) = bound {
                    self.exprs(expr.as_deref());
                }
            }
        }
    }

    fn order(&mut self, order: &[OrderByExpr]) {
        self.exprs(order.iter().map(|order| &order.expr));
    }

    // What is read from the tokens, wherever in the statement they stand

    /// The clock and randomness are bound, so that tests own them and both databases agree.
    fn clock_and_chance(&mut self, tokens: &[Token]) {
        let tokens: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
        for (i, token) in tokens.iter().enumerate() {
            let calls = tokens.get(i + 1) == Some(&&Token::LParen);
            let named = i > 0 && matches!(tokens[i - 1], Token::Period);
            match token {
                Token::Word(word) => {
                    let name = word.value.to_lowercase();
                    let bare = word.quote_style.is_none() && !named && CLOCK_WORDS.contains(&&*name);
                    let called = calls && CLOCK_AND_CHANCE.contains(&&*name);
                    // Without arguments SQLite's date functions mean now.
                    let implicit = calls
                        && SQLITE_DATES.contains(&&*name)
                        && (tokens.get(i + 2) == Some(&&Token::RParen)
                            || (name == "strftime" && tokens.get(i + 3) == Some(&&Token::RParen)));
                    self.unless(bare || called || implicit, &format!("{name}: the clock and randomness are bound"));
                }
                Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => {
                    let text = text.trim().to_lowercase();
                    let clock = ["now", "today", "tomorrow", "yesterday"].contains(&&*text);
                    self.unless(clock, &format!("'{text}': the clock is bound"));
                }
                _ => {}
            }
        }
    }

    fn placeholders(&mut self, tokens: &[Token], args: usize) {
        let mut used = BTreeSet::new();
        for token in tokens {
            match token {
                Token::Placeholder(name) => match number(name) {
                    Some(number) => _ = used.insert(number),
                    None => self.problem(format!("{name} isn't a placeholder of the form $N")),
                },
                Token::Question | Token::QuestionAnd | Token::QuestionPipe => {
                    self.problem("? isn't a placeholder of the form $N");
                }
                _ => {}
            }
        }
        let bound = args + usize::from(self.kind == Kind::Org);
        for unbound in used.iter().filter(|number| **number > bound) {
            self.problem(format!("nothing binds ${unbound}"));
        }
        for unused in (1..=bound).filter(|number| !used.contains(number)) {
            if unused == 1 && self.kind == Kind::Org {
                self.unless(self.touches_tenant, "$1, the organisation, isn't used");
            } else {
                self.problem(format!("nothing uses ${unused}, which is bound"));
            }
        }
    }

    /// The walk's own check: a SELECT that it didn't come to would go unchecked.
    fn nothing_overlooked(&mut self, tokens: &[Token]) {
        let written = tokens.iter().filter(|token| is_word(token, "select")).count();
        let (walked, fine) = (self.selects, self.problems.is_empty());
        self.unless(fine && written != walked, &format!("{written} SELECTs, but this check came to {walked}"));
    }
}

impl From<'_> {
    /// A derived table or a function: a name that hides others, and that nothing needs to hold.
    fn name(&mut self, alias: Option<&TableAlias>) -> usize {
        let alias = alias.map(|alias| lower(&alias.name)).unwrap_or_default();
        self.level.tables.push(TableRef { table: String::new(), alias, scope: None, held: true });
        self.level.tables.len() - 1
    }
}

/// Words that are the clock without parentheses.
const CLOCK_WORDS: &[&str] = &["current_timestamp", "current_date", "current_time", "localtimestamp", "localtime"];

const CLOCK_AND_CHANCE: &[&str] = &[
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "age",
    "random",
    "random_normal",
    "randomblob",
    "setseed",
    "gen_random_uuid",
    "gen_random_bytes",
    "uuidv4",
    "uuidv7",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
];

const SQLITE_DATES: &[&str] = &["date", "time", "datetime", "julianday", "unixepoch", "strftime"];

/// The equations of a condition that hold whenever it does: those joined by AND at its top.
fn conjuncts<'q>(expr: &'q Expr, equations: &mut Vec<(&'q Expr, &'q Expr)>) {
    match expr {
        Expr::Nested(inner) => conjuncts(inner, equations),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, equations);
            conjuncts(right, equations);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => equations.push((left, right)),
        _ => {}
    }
}

fn argument(arg: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) = arg;
    match arg {
        FunctionArgExpr::Expr(expr) => Some(expr),
        // count(*)
        FunctionArgExpr::Wildcard | FunctionArgExpr::QualifiedWildcard(_) | FunctionArgExpr::WildcardWithOptions(_) => {
            None
        }
    }
}

fn is_org(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_org(inner),
        Expr::Value(value) => matches!(&value.value, Value::Placeholder(name) if name == "$1"),
        _ => false,
    }
}

/// `$12` is 12; `$01`, another parameter than `$1` to one of the databases, is nothing.
fn number(placeholder: &str) -> Option<usize> {
    let number: usize = placeholder.strip_prefix('$')?.parse().ok()?;
    (number > 0 && format!("${number}") == placeholder).then_some(number)
}

fn lower(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

fn list(idents: &[Ident]) -> String {
    idents.iter().map(lower).collect::<Vec<_>>().join(", ")
}

/// `members` of `public.members`.
fn last_part(name: &ObjectName) -> String {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(ident)) => lower(ident),
        _ => name.to_string().to_lowercase(),
    }
}

fn tokenize(dialect: Dialect, sql: &str) -> Result<Vec<Token>, String> {
    Tokenizer::new(&*dialect.parser(), sql).tokenize().map_err(|error| error.to_string())
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// `ON CONFLICT (org_id, lower(name)) WHERE deleted_at IS NULL DO …`: both databases take expressions and a predicate
/// there, the parser takes neither. They can't widen what the statement reaches, so they are left out of what it reads.
fn simplify_conflict_targets(tokens: &[Token]) -> Vec<Token> {
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let mut simple = Vec::with_capacity(tokens.len());
    let mut i = 0;
    while i < tokens.len() {
        let is_target = i >= 2 && is_word(tokens[i - 2], "on") && is_word(tokens[i - 1], "conflict");
        if !is_target || *tokens[i] != Token::LParen {
            simple.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let end = closing(&tokens, i);
        simple.push(Token::LParen);
        for (n, item) in top_level_items(&tokens[i + 1..end]).enumerate() {
            if n > 0 {
                simple.push(Token::Comma);
            }
            simple.push(match item {
                [word @ Token::Word(_)] => (*word).clone(),
                _ => Token::make_word("an_expression", None),
            });
        }
        simple.push(Token::RParen);
        i = end + 1;
        if tokens.get(i).is_some_and(|token| is_word(token, "where"))
            && let Some(until) = tokens[i..].iter().position(|token| is_word(token, "do"))
            && !tokens[i..i + until].iter().any(|token| is_word(token, "select"))
        {
            i += until;
        }
    }
    simple
}

/// The index of the parenthesis that closes the one at `open`, or of the end.
fn closing(tokens: &[&Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 1 => return i,
            Token::RParen => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The items between commas that no parenthesis encloses.
fn top_level_items<'s, 't>(tokens: &'s [&'t Token]) -> impl Iterator<Item = &'s [&'t Token]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && **token == Token::Comma
    })
}

// Migrations

/// The columns of each table.
type Schema = BTreeMap<String, BTreeSet<String>>;

/// In the order that the server applies them: by version, over all owners.
fn migration_files(folder: &Path, dialect: Dialect) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("a readable migrations folder").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .filter(|path| path.parent().is_some_and(|parent| parent.ends_with(dialect.folder())))
        .collect();
    files.sort_by_key(|path| (path.file_name().map(ToOwned::to_owned), path.clone()));
    files
}

/// Reads tokens rather than statements: triggers, policies and DO blocks pass by, and the parser knows too few of them.
fn apply_migration(tokens: &[Token], schema: &mut Schema) {
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    for statement in tokens.split(|token| **token == Token::SemiColon) {
        let Some(verb) = statement.iter().position(|token| is_word(token, "table")) else { continue };
        let (before, mut rest) = statement.split_at(verb);
        skip(&mut rest, &["table", "if", "not", "exists", "only"]);
        let Some(table) = name(&mut rest) else { continue };
        if before.iter().any(|token| is_word(token, "create")) && before.len() <= 3 {
            if rest.first().is_some_and(|token| is_word(token, "using")) {
                rest = &rest[2.min(rest.len())..];
            }
            assert!(rest.first() == Some(&&Token::LParen), "CREATE TABLE {table} without a list of columns");
            let end = closing(rest, 0);
            schema.insert(table, top_level_items(&rest[1..end]).filter_map(column).collect());
        } else if before.len() == 1 && is_word(before[0], "drop") {
            schema.remove(&table);
        } else if before.len() == 1 && is_word(before[0], "alter") {
            alter(table, rest, schema);
        }
    }
}

fn alter(mut table: String, mut rest: &[&Token], schema: &mut Schema) {
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if is_word(first, "add") {
            skip(&mut rest, &["column", "if", "not", "exists"]);
            schema.entry(table.clone()).or_default().extend(column(rest));
        } else if is_word(first, "rename") {
            skip(&mut rest, &["column"]);
            let to = rest.iter().position(|token| is_word(token, "to"));
            let Some(mut new) = to.map(|to| &rest[to + 1..]) else { continue };
            let Some(new) = name(&mut new) else { continue };
            if to == Some(0) {
                let columns = schema.remove(&table).unwrap_or_default();
                schema.insert(new.clone(), columns);
                table = new;
            } else {
                schema.entry(table.clone()).or_default().insert(new);
            }
        }
    }
}

fn skip(rest: &mut &[&Token], words: &[&str]) {
    while let Some((first, after)) = rest.split_first()
        && words.iter().any(|word| is_word(first, word))
    {
        *rest = after;
    }
}

/// Takes a name, with or without its schema, and gives its last part.
fn name(rest: &mut &[&Token]) -> Option<String> {
    let Some((Token::Word(word), mut after)) = rest.split_first() else { return None };
    let mut last: &Word = word;
    while let [Token::Period, Token::Word(word), more @ ..] = after {
        last = word;
        after = more;
    }
    *rest = after;
    Some(last.value.to_lowercase())
}

/// The column that an item of CREATE TABLE defines, if it isn't a constraint.
fn column(item: &[&Token]) -> Option<String> {
    let Some(Token::Word(word)) = item.first() else { return None };
    let name = word.value.to_lowercase();
    let constraints = ["constraint", "primary", "unique", "foreign", "check", "exclude", "like"];
    (word.quote_style.is_some() || !constraints.contains(&&*name)).then_some(name)
}
