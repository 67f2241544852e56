-- An invoice as it was made: who sold, who bought, and what for. Whatever changes afterwards, it stays so. What was credited since
-- comes off before or after it was paid.
ALTER TABLE stripe_invoices ADD COLUMN seller_name TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN seller_abn TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN seller_address TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN buyer_name TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN buyer_abn TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN buyer_address TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN zone TEXT NOT NULL DEFAULT '';
ALTER TABLE stripe_invoices ADD COLUMN credited_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stripe_invoices ADD COLUMN credited_after BIGINT NOT NULL DEFAULT 0;
CREATE TABLE stripe_invoice_lines (
    org_id UUID NOT NULL REFERENCES organisations (id),
    invoice TEXT NOT NULL,
    number BIGINT NOT NULL,
    about TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, invoice, number),
    FOREIGN KEY (org_id, invoice) REFERENCES stripe_invoices (org_id, id)
);

-- Which invoice a payment was for, and when some of it was last given back.
ALTER TABLE stripe_returns ADD COLUMN invoice TEXT;
ALTER TABLE stripe_returns ADD COLUMN returned_at TIMESTAMPTZ;
ALTER TABLE stripe_invoice_lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY stripe_invoice_lines_of_org ON stripe_invoice_lines USING (org_id = devalo_org() OR devalo_across_orgs()) WITH CHECK (org_id = devalo_org() OR devalo_across_orgs());
