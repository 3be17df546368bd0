// Nothing: there is no hardware.
