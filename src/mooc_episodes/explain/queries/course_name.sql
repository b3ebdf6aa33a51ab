select name
from course_names
where course_id = $1
