-- How Citus would spread the tables by organisation. Made of the schema by `devalo citus-tables`; a test compares the two.
-- Read “Past one PostgreSQL” in ARCHITECTURE.md first: it says what has to change before these statements are run.

-- On every server, whole.
SELECT create_reference_table('users');

-- Spread by organisation, all of an organisation’s rows together.
SELECT create_distributed_table('organisations', 'id');
SELECT create_distributed_table('tasks_teams', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_spaces', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_staff', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_services', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_lists', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_sessions', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_clients', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_templates', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_statuses', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_sections', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_appointments', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_template_versions', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_tasks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_acts', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_teams', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_people', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_metrics', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_payments', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_packages', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('webhooks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_triggers', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_series', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_runs', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_removed_labels', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_labels', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_imports', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_fields', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_comments', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('support_consents', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('stripe_invoices', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_sources', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_rules', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_imports', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_entries', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_contests', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_closings', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_badges', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('invitations', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('exports', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_schedules', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_resources', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_purchases', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_imports', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_holds', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_busy_sources', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('webhook_deliveries', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('used_invitations', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_words', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_ways', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_turns', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_trigger_cursors', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_team_members', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_task_labels', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_shares', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_settings', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_set_ups', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_series_skips', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_run_tasks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_rounds', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_removed_task_labels', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_removed_notices', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_removed', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_reactions', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_own', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_occurrences', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_notices', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_mails', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_mailboxes', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_links', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_imported', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_gone', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_followers', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_fires', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_filters', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_files', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_field_values', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_feeds', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_checks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_changes', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_capacity', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('tasks_assignees', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('support_uses', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('support_asks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('stripe_returns', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('stripe_own_accounts', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('stripe_invoice_lines', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('stripe_accounts', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_voids', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_totals', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_targets', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_target_changes', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_snapshots', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_settings', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_screens', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_reopenings', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_memberships', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_leave', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_late_changes', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_imported', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_import_columns', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_digests', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_digest_readers', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_deliveries', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_cursors', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_counts', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_contest_standings', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_contest_entrants', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_closed_figures', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_celebrations', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_celebrating', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_celebrated_metrics', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_awards', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('scoreboard_approvals', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('replaced_invitations', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('quota_use', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('plan_changes', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('partners', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('ownership_offers', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('org_modules', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('memberships', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('logos', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('idempotency_keys', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('factor_resets', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('export_parts', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('events', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_waitlist_looks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_waitlist', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_texts', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_templates', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_takes', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_staff_schedules', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_staff_letters', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_settings', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_service_staff', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_service_schedules', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_service_resources', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_service_pictures', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_seats', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_reminders', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_refunds', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_package_uses', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_package_services', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_overrides', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_origins', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_messages', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_imported', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_hours', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_holidays', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_feeds', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_claims', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_busy', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('calendar_blocks', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('audit_entries', 'org_id', colocate_with => 'organisations');
SELECT create_distributed_table('api_tokens', 'org_id', colocate_with => 'organisations');

-- Stay on the first server.
--   _sqlx_migrations
--   authenticators
--   boots
--   data_keys
--   database_move_tables
--   database_moves
--   email_changes
--   enrolments
--   job_runs
--   key_rotations
--   known_devices
--   mail_events
--   mail_suppressions
--   mailed_links
--   mails
--   passkey_ceremonies
--   passkeys
--   platform_log
--   recovery_codes
--   replaced_signup_links
--   reserved_words
--   reset_requests
--   sessions
--   signups
--   stripe_events
--   stripe_reconciliations
--   throttles
--   trials

-- Unique over all organisations, which what is spread can’t be: each has to move to a table of its own on the first server.
--   calendar_feeds: CREATE UNIQUE INDEX calendar_feeds_token_hash_key ON calendar_feeds USING btree (token_hash)
--   calendar_payments: CREATE UNIQUE INDEX calendar_payments_by_intent ON calendar_payments USING btree (intent) WHERE (intent IS NOT NULL)
--   calendar_payments: CREATE UNIQUE INDEX calendar_payments_by_session ON calendar_payments USING btree (session) WHERE (session IS NOT NULL)
--   organisations: CREATE UNIQUE INDEX organisations_slug_key ON organisations USING btree (slug)
--   scoreboard_screens: CREATE UNIQUE INDEX scoreboard_screens_by_code ON scoreboard_screens USING btree (code) WHERE (code IS NOT NULL)
--   scoreboard_screens: CREATE UNIQUE INDEX scoreboard_screens_by_token ON scoreboard_screens USING btree (token_hash) WHERE (token_hash IS NOT NULL)
--   scoreboard_sources: CREATE UNIQUE INDEX scoreboard_sources_by_id ON scoreboard_sources USING btree (id)
--   stripe_accounts: CREATE UNIQUE INDEX stripe_accounts_customer_key ON stripe_accounts USING btree (customer)
--   stripe_own_accounts: CREATE UNIQUE INDEX stripe_own_accounts_account_key ON stripe_own_accounts USING btree (account)
--   tasks_feeds: CREATE UNIQUE INDEX tasks_feeds_token_hash_key ON tasks_feeds USING btree (token_hash)
--   tasks_mailboxes: CREATE UNIQUE INDEX tasks_mailboxes_word_key ON tasks_mailboxes USING btree (word)
--   tasks_shares: CREATE UNIQUE INDEX tasks_shares_token_hash_key ON tasks_shares USING btree (token_hash)
