; The keys of the two outer levels: with an object or a list a section, else a property.

(document (object (pair key: (string (string_content) @name) value: [(object) (array)] @body) @definition.section))
(document (object (pair key: (string (string_content) @name)) @definition.property))
(document (object (pair value: (object (pair key: (string (string_content) @name) value: [(object) (array)] @body) @definition.section))))
(document (object (pair value: (object (pair key: (string (string_content) @name)) @definition.property))))
