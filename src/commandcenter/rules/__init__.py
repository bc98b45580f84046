"""Pure judgement: policy and command classification; no I/O, clock or chance."""
