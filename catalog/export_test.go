package catalog

// SetBudget makes standings look behind few outcomes, so that a test need not write a million.
func (c *Catalog) SetBudget(outcomes int) { c.budget = outcomes }
