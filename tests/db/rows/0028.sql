-- What tells workers apart brings: one that says with which settings it runs, and a failure that one of them met.

UPDATE workers SET fingerprints = '{"OPENAI_API_KEY": "0a1b2c3d"}' WHERE name = 'worker@old';

UPDATE vendor_health SET worker = 'worker@old' WHERE vendor = 'openai';
